import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { createRequire } from "node:module";
import type { DnsPacket, DnsQuestion, DnsRecord } from "../../src/dns-record.ts";

// The library under multicast-dns: what a stranger on the network would write is written with it.
const require = createRequire(createRequire(import.meta.url).resolve("multicast-dns"));
const dns = require("dns-packet") as {
  encode(packet: object): Buffer;
  decode(bytes: Buffer): DnsPacket & { readonly id: number; readonly flag_aa: boolean };
};

/** What a raw socket received. */
export interface Received {
  readonly packet: ReturnType<typeof dns.decode>;
  readonly from: RemoteInfo;
}

/** A socket of a stranger. */
export interface RawSocket {
  readonly received: Received[];
  /** Sends bytes to the group. */
  send(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Opens a socket that sends to a group by loopback, from the group's own port or, with 0, from another one. */
export async function openRaw(ip: string, port: number, from: number = port): Promise<RawSocket> {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  const received: Received[] = [];
  socket.on("message", (bytes, info) => received.push({ packet: dns.decode(bytes), from: info }));
  await new Promise<void>((resolve) => socket.bind(from, "127.0.0.1", resolve));
  socket.setMulticastInterface("127.0.0.1");
  return {
    received,
    send: (bytes) => send(socket, bytes, port, ip),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** Hears what is sent to a group by loopback, as another responder would. */
export async function openListener(ip: string, port: number): Promise<Pick<RawSocket, "received" | "close">> {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  const received: Received[] = [];
  socket.on("message", (bytes, info) => received.push({ packet: dns.decode(bytes), from: info }));
  await new Promise<void>((resolve) => socket.bind(port, "0.0.0.0", resolve));
  socket.addMembership(ip, "127.0.0.1");
  return { received, close: () => new Promise((resolve) => socket.close(() => resolve())) };
}

/** The bytes of a question. */
export function questionBytes(...questions: DnsQuestion[]): Buffer {
  return dns.encode({ type: "query", id: 7, questions });
}

/** The bytes of a response. */
export function responseBytes(answers: readonly DnsRecord[], flags = 0): Buffer {
  return dns.encode({ type: "response", flags, answers });
}

function send(socket: Socket, bytes: Uint8Array, port: number, ip: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(bytes, port, ip, (error) => (error ? reject(error) : resolve()));
  });
}
