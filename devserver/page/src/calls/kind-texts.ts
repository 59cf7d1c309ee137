import type { CallSummary } from "../../../src/hub/protocol.ts";

/** How the kinds of calls are called. */
export const kindTexts: Readonly<Record<CallSummary["kind"], string>> = {
  call: "→ call",
  stream: "⇅ stream",
  publish: "⇢ published",
  deliver: "⇠ delivered",
};

/** What was called; a message has no method, but was published or delivered. */
export function whatOf({ kind, method }: CallSummary): string {
  return kind === "publish" || kind === "deliver" ? kindTexts[kind] : method;
}
