import type { Socket } from "node:net";

/** Closes a socket so that the peer sees it at once: with a reset, where the socket is plain. Idempotent. */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  // Node has no reset for TLS sockets; theirs closes when the socket is gone.
  if ("encrypted" in socket) socket.destroy();
  else socket.resetAndDestroy();
}
