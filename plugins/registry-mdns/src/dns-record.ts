import type { QueryOutgoingPacket, ResponseOutgoingPacket } from "multicast-dns";

/** A resource record, as multicast-dns reads and writes it. */
export type DnsRecord = ResponseOutgoingPacket["answers"][number];

/** A question. */
export type DnsQuestion = QueryOutgoingPacket["questions"][number];

/** A packet as it was read: what is needed of it. */
export interface DnsPacket {
  readonly type: "query" | "response";
  /** `QUERY` is the only one of multicast DNS. */
  readonly opcode: string;
  /** `NOERROR` is the only one of multicast DNS. */
  readonly rcode: string;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

/** Where a packet came from. */
export interface Source {
  readonly address: string;
  readonly port: number;
}
