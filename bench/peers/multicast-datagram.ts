import { createSocket } from "node:dgram";
import type { Peer } from "../src/peer.ts";

/** Where {@link peer} sends to: a group for tests (RFC 5771 §9), so that no mDNS responder is bothered. */
export const group = "233.252.0.1";
/** The port of the group. */
export const port = 45_353;

/** One multicast datagram with a name in it: the least that it takes to tell another process. Answers with the moment. */
export const peer: Pick<Peer, "serve"> = {
  async serve(name) {
    const socket = createSocket({ type: "udp4", reuseAddr: true });
    const begin = process.hrtime.bigint();
    await new Promise<void>((resolve, reject) => {
      socket.send(name, port, group, (error) => (error === null ? resolve() : reject(error)));
    });
    socket.close();
    return { address: String(begin), close: async () => {} };
  },
};
