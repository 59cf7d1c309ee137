import type { Message } from "@micro/wire";

/**
 * A message as a wire would hand it on: nothing in it is shared with its sender, and its headers have no prototype
 * and are frozen, so that whoever changes them by mistake hears of it.
 */
export function copyMessage({ header, body }: Message): Message {
  return {
    header: Object.freeze(Object.assign(Object.create(null), header)),
    body: typeof body === "string" ? body : new Uint8Array(body),
  };
}
