import type { Socket } from "node:net";

/**
 * The bytes that wait for the peer. It changes whenever the peer takes some: the stream alone only counts whole
 * writes, and of one long write it could not tell whether it moves.
 */
export function stallBytes(socket: Socket): number {
  const { writableLength } = socket;
  if (writableLength === 0) return 0;
  // As Node's own socket timeout does. Where the handle does not say, whole writes have to do.
  const handle = (socket as { _handle?: { writeQueueSize?: number } | null })._handle;
  return writableLength + (handle?.writeQueueSize ?? 0);
}
