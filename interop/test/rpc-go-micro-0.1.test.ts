// A client of go-micro 0.1 against servers of every side: a row of the table in src/rpc-rows.ts is a test.

import { goPeers } from "../src/go-peer.ts";
import { testClients } from "../src/test-clients.ts";

const peers = await goPeers();
if (peers !== undefined) {
  testClients(["go-micro 0.1"], peers);
}
