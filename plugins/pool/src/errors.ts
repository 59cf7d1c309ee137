import { clientErrorId, MicroError } from "@micro/kernel";

/** 500: somebody asked a pool that was closed. Nothing was sent. */
export function poolClosed(): MicroError {
  return new MicroError(clientErrorId, 500, "the connection pool is closed", {
    reason: "pool_closed",
    notProcessed: true,
  });
}

/** 500: somebody used a connection that it had given back, or that was lost. Nothing was sent. */
export function leaseEnded(address: string): MicroError {
  const detail = `the connection to ${address} was closed or given back; acquire another one`;
  return new MicroError(clientErrorId, 500, detail, { reason: "connection_lost", notProcessed: true });
}
