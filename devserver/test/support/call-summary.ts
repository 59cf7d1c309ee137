import type { CallSummary } from "../../src/hub/protocol.ts";

let last = 0;

/** A call that went well, with what a test says of it. */
export function callSummary(id: string, changes: Partial<CallSummary> = {}): CallSummary {
  return {
    ...{ id, trace: "t", parent: undefined, kind: "call", caller: "outside", service: "go.a", method: "A.B" },
    ...{ number: ++last, startedAt: 1000, ms: 1, code: 200, error: undefined, sent: 0, received: 0 },
    ...changes,
  };
}
