// Our client against servers of every side: a row of the table in src/rpc-rows.ts is a test.

import { goPeers } from "../src/go-peer.ts";
import { testClients } from "../src/test-clients.ts";

const peers = await goPeers();
if (peers !== undefined) {
  testClients(["ours", "ours with schemas"], peers);
}
