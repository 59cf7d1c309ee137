import type { CallDetail } from "../../../src/hub/protocol.ts";

/** Why a call cannot be sent again as it was; `undefined` when it can. */
export function whyNotAgain({ kind, request }: CallDetail): string | undefined {
  if (kind === "stream") return "A stream cannot be replayed: open one from the form.";
  if (kind !== "call") return "A message cannot be replayed: only calls that are answered can.";
  if (request === undefined) return "Nothing was captured of its request.";
  if (request.isCut) return "Its request is too long to have been kept whole.";
  return request.isRedacted ? "Secrets were left out of its request: edit it, put them in, and send." : undefined;
}
