import { clientErrorId, MicroError } from "@micro/wire";

/** 500: nobody listens there. */
export function dialFailed(address: string): MicroError {
  const options = { reason: "dial_failed", notProcessed: true };
  return new MicroError(clientErrorId, 500, `Error sending request: nobody listens at ${address}`, options);
}

/** 500: the other end is gone. */
export function connectionLost(detail: string, notProcessed = false): MicroError {
  return new MicroError(clientErrorId, 500, `connection lost: ${detail}`, { reason: "connection_lost", notProcessed });
}
