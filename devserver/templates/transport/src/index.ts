export { transportFoo } from "./transport-foo.ts";
export { FooTransport } from "./foo-transport.ts";
