/** What came in, and why some of it was not used. Numbers only grow; they are for looking at, never reset. */
export interface MdnsStats {
  /** Packets that could be read. */
  packets: number;
  /** Questions that were answered. */
  answered: number;
  /** Packets that are no DNS. */
  malformed: number;
  /** Packets with an operation or result code that multicast DNS does not know. */
  notMulticastDns: number;
  /** Packets of a source that sent more than its share. */
  tooMany: number;
  /** Packets from an address that is on none of our links. */
  offLink: number;
  /** Responses that did not come from the group's port, or questions from port 0. */
  badSourcePort: number;
  /** Nodes whose address, port or text was missing. */
  incomplete: number;
  /** Nodes with port 0. */
  badPort: number;
  /** Nodes whose address is no address of a host. */
  badAddress: number;
  /** Nodes whose name is not made of their service's name, or cannot be. */
  badName: number;
  /** Texts that are not hexadecimal digits, not zlib, not JSON, or not of the right form. */
  badText: number;
  /** Texts that are too long, or inflate too far, or nest too deep. */
  textTooBig: number;
  /** Nodes not taken in because too many are known, over all or from their source. */
  tooManyRecords: number;
  /** Nodes that another source announced differently; the older one is kept. */
  conflict: number;
  /** Farewells for a node from a source that did not announce it. */
  foreignGoodbye: number;
  /** Packets that could not be sent, or not from some interface. */
  unsent: number;
  /** Packets whose handling failed; a mistake of this program. */
  failed: number;
}

/** All zero. */
export function createStats(): MdnsStats {
  return {
    packets: 0,
    answered: 0,
    malformed: 0,
    notMulticastDns: 0,
    tooMany: 0,
    offLink: 0,
    badSourcePort: 0,
    incomplete: 0,
    badPort: 0,
    badAddress: 0,
    badName: 0,
    badText: 0,
    textTooBig: 0,
    tooManyRecords: 0,
    conflict: 0,
    foreignGoodbye: 0,
    unsent: 0,
    failed: 0,
  };
}
