import { cancelled, clientErrorId, deadlineExceeded, type Limits, MicroError } from "@micro/kernel";

/** 500: nobody answers there, so nothing was processed. */
export function dialFailed(address: string, why: string, cause?: unknown): MicroError {
  const options = { reason: "dial_failed", notProcessed: true, cause };
  return new MicroError(clientErrorId, 500, `cannot reach ${address}: ${why}`, options);
}

/** 500: the other end is gone. */
export function connectionLost(detail: string, notProcessed = false): MicroError {
  return new MicroError(clientErrorId, 500, `connection lost: ${detail}`, { reason: "connection_lost", notProcessed });
}

/** 500: the address cannot be bound, or is none. */
export function listenFailed(address: string, why: string, cause?: unknown): MicroError {
  const options = { reason: "listen_failed", cause };
  return new MicroError("go.micro.server", 500, `cannot listen on ${address}: ${why}`, options);
}

/** Why nothing may begin any more; `undefined` while it may. */
export function whyExceeded({ deadline, cancellation }: Limits): MicroError | undefined {
  if (cancellation?.aborted === true) return cancelled(cancellation.reason, true);
  return deadline <= performance.now() ? deadlineExceeded(true) : undefined;
}
