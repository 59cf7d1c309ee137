export { type Abortable, Cancellation } from "./cancellation.ts";
export { type Deadline, deadlineOf, deadlines, Expiring, type Limits } from "./deadline.ts";
