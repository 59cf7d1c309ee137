import { randomBytes } from "node:crypto";

/** A service name that nobody else in the network has, so that runs side by side do not meet. */
export function randomName(word = "test"): string {
  return `go.micro.srv.${word}-${randomBytes(6).toString("hex")}`;
}
