import type { CallSummary } from "../../../src/hub/protocol.ts";

/** How the kinds of calls are shown. */
export const kindSigns: Readonly<Record<CallSummary["kind"], string>> = {
  call: "→ call",
  stream: "⇅ stream",
  publish: "⇢ publishes",
  deliver: "⇠ takes",
};
