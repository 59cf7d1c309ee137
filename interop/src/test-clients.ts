import { within } from "@micro/kernel/testing";
import { suite } from "uvu";
import { type Caller, type Encoding, goCaller, ourCaller, type Side } from "./caller.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import type { GoPeer, GoRelease } from "./go-peer.ts";
import { ourClient } from "./our-client.ts";
import { type Pair, rowsFor } from "./rpc-rows.ts";

/**
 * Tries clients against a server of every side, in every encoding that both have: the same rows for each pair.
 * go-micro with itself is the control: what fails there is wrong in the test.
 */
export function testClients(clients: readonly Side[], peers: Readonly<Record<GoRelease, GoPeer>>): void {
  // Started by the first suite, stopped by the last.
  let fleet: Promise<Fleet> | undefined;
  const pairs = clients.flatMap(pairsOf);
  for (const [index, { client, server, encoding }] of pairs.entries()) {
    const title = `${client} calls ${server} in ${words[encoding]}`;
    const test = suite<Pair & { readonly close: () => Promise<void> }>(title);
    test.before(async (context) => {
      fleet ??= startFleet(peers);
      const name = (await fleet).names[server];
      Object.assign(context, { server, name, ...(await startCaller(client, encoding, peers, name)) });
    });
    test.after(async (context) => {
      await context.close?.();
      if (index === pairs.length - 1) await (await fleet)?.stop();
    });
    for (const [behaviour, check] of rowsFor(client, encoding, server)) {
      test(behaviour, (pair) => within(30_000, behaviour, check(pair)));
    }
    test.run();
  }
}

const servers: readonly Side[] = ["go-micro 0.1", "go-micro 1.18", "ours", "ours with schemas"];
const encodings: readonly Encoding[] = ["json", "proto"];
const words: Readonly<Record<Encoding, string>> = { json: "JSON", proto: "protobuf" };

function pairsOf(
  client: Side,
): readonly { readonly client: Side; readonly server: Side; readonly encoding: Encoding }[] {
  return servers.flatMap((server) => {
    const shared = encodings.filter((encoding) => isSpokenBy(server, encoding) && isSpokenBy(client, encoding));
    return shared.map((encoding) => ({ client, server, encoding }));
  });
}

// Without schemas there is no protobuf.
function isSpokenBy(side: Side, encoding: Encoding): boolean {
  return side !== "ours" || encoding === "json";
}

async function startCaller(
  side: Side,
  encoding: Encoding,
  peers: Readonly<Record<GoRelease, GoPeer>>,
  service: string,
): Promise<{ readonly caller: Caller; close(): Promise<void> }> {
  if (side === "go-micro 0.1") return { caller: goCaller(peers["0.1"], encoding), close: async () => {} };
  if (side === "go-micro 1.18") return { caller: goCaller(peers["1.18"], encoding), close: async () => {} };
  const client = await ourClient();
  await client.find(service);
  return { caller: ourCaller(client, encoding, side === "ours with schemas"), close: () => client.stop() };
}
