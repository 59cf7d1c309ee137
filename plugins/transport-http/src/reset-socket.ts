import type { Socket } from "node:net";

/** Closes a socket so that the peer sees it at once: with a reset, where the socket is plain. Idempotent. */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  // Node has no reset for TLS sockets; theirs closes when the socket is gone. And one whose half-close is still on its way
  // can not be reset either: libuv refuses, Node then never closes it, and the process does not end.
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if ("encrypted" in socket || isEnding) socket.destroy();
  else socket.resetAndDestroy();
}
