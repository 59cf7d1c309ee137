import type { WireError } from "../../../src/hub/protocol.ts";
import type { JsonText } from "../../../src/observe/json-text.ts";
import { RequestError } from "../live/connection.ts";

/** How a call ended. */
export interface Outcome {
  readonly ms: number;
  readonly answer?: JsonText;
  readonly error?: WireError;
}

/** Waits for an answer and says how long it took, as the page sees it. */
export async function timed(work: Promise<JsonText>): Promise<Outcome> {
  const begin = performance.now();
  try {
    const answer = await work;
    return { ms: performance.now() - begin, answer };
  } catch (error) {
    const plain = { id: "", code: 0, detail: String(error), status: "" };
    return { ms: performance.now() - begin, error: error instanceof RequestError ? error.wire : plain };
  }
}
