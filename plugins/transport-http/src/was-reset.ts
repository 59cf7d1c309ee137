import type { Socket } from "node:net";

/**
 * Whether an "end" stands for a reset. When bytes and a reset come in one turn, libuv tells of the bytes and then
 * of an ordinary end, and a stream that was cut off would pass for one that is complete. The kernel still knows:
 * a socket that was reset has no peer, one that was half-closed has. After our own half-close neither has, and
 * the two cannot be told apart.
 */
export function wasReset(socket: Socket): boolean {
  if (socket.writableEnded) return false;
  const handle = (socket as { _handle?: { getpeername?: (out: object) => number } | null })._handle;
  return handle?.getpeername !== undefined && handle.getpeername({}) !== 0;
}
