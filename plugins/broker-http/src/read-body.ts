import type { IncomingMessage } from "node:http";
import type { Budget } from "./budget.ts";
import { malformed, refused, tooFarBehind } from "./errors.ts";

/**
 * Reads the body of a request, and no more of it than may be.
 *
 * @param budget what all requests together may hold while they are being received
 * @throws MicroError 413 as soon as it is known to be longer than `maxBytes`, 503 when the budget is spent
 */
export function readBody(request: IncomingMessage, maxBytes: number, budget: Budget): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const end = (error?: Error): void => {
      for (const { byteLength } of chunks) budget.give(byteLength);
      request.off("data", onData).off("end", onEnd).off("close", onClose);
      if (error === undefined) resolve(Buffer.concat(chunks, length));
      else reject(error);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.byteLength;
      if (length > maxBytes) end(refused(413, "the message is too large"));
      else if (budget.take(chunk.byteLength)) chunks.push(chunk);
      else end(tooFarBehind());
    };
    const onEnd = (): void => end();
    const onClose = (): void => end(malformed("the request was cut short"));
    request.on("data", onData).on("end", onEnd).on("close", onClose);
  });
}
