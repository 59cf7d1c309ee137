import type { Socket } from "node:net";
import type { Body, MicroError } from "@micro/kernel";

/**
 * Writes a message in one piece. Head and body are composed as one string, which the socket encodes straight into
 * the system call; only binary bodies need buffers.
 *
 * @param prefix the head up to the digits of Content-Length
 * @param block what follows them, see {@link headerBlock}
 * @returns whether there is room for more
 */
export function writeMessage(socket: Socket, prefix: string, block: string, body: Body): boolean {
  if (typeof body !== "string") return writeBinary(socket, `${prefix}${body.byteLength}${block}`, body);
  const length = Buffer.byteLength(body);
  return socket.write(`${prefix}${length}${block}${body}`, length === body.length ? "latin1" : "utf8");
}

/** The head of a request up to the digits of Content-Length. */
export function requestPrefix(address: string): string {
  return `POST / HTTP/1.1\r\nHost: ${address}\r\nContent-Length: `;
}

/** The head of a reply up to the digits of Content-Length. */
export const replyPrefix = "HTTP/1.1 200 OK\r\nContent-Length: ";

/** The same for the last reply of a connection. */
export const lastReplyPrefix = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ";

/** Writes an error as a status with its JSON, the last message of a connection. */
export function writeError(socket: Socket, error: MicroError): boolean {
  const isStatus = error.code >= 400 && error.code <= 599;
  const status = isStatus ? `${error.code} ${error.status || "Error"}` : "500 Internal Server Error";
  const prefix = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: `;
  const mark = error.notProcessed ? "Micro-Not-Processed: 1\r\n" : "";
  const { retryAfterMs } = error;
  const wait = retryAfterMs === undefined ? "" : `Retry-After: ${Math.ceil(retryAfterMs / 1000)}\r\n`;
  const block = `\r\nContent-Type: application/json\r\n${mark}${wait}\r\n`;
  return writeMessage(socket, prefix, block, JSON.stringify(error));
}

// Up to here one copy is cheaper than a second entry in the vector of the system call.
const maxCopied = 64 * 1024;

function writeBinary(socket: Socket, head: string, body: Uint8Array): boolean {
  if (body.byteLength > maxCopied) {
    socket.cork();
    socket.write(head, "latin1");
    const hasRoom = socket.write(body);
    socket.uncork();
    return hasRoom;
  }
  const bytes = Buffer.allocUnsafe(head.length + body.byteLength);
  bytes.write(head, 0, "latin1");
  bytes.set(body, head.length);
  return socket.write(bytes);
}
