import { type Bridge, bridgeTo } from "./bridge.ts";
import type { Side } from "./caller.ts";
import type { GoPeer, GoRelease } from "./go-peer.ts";
import greeterWithSchemas from "./greeter-with-schemas.ts";
import { ourServer } from "./our-server.ts";

/** A greeter of every side. */
export interface Fleet {
  /** The names they serve under. */
  readonly names: Readonly<Record<Side, string>>;
  stop(): Promise<void>;
}

/** Starts a greeter of every side. Those of go-micro are announced to clients of both releases. */
export async function startFleet(peers: Readonly<Record<GoRelease, GoPeer>>): Promise<Fleet> {
  const closers: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  const kept = <T extends { stop(): Promise<void> }>(started: T): T => {
    closers.push(() => started.stop());
    return started;
  };
  const bridged = (bridge: Bridge): void => {
    closers.push(() => bridge.close());
  };
  try {
    const ours = kept(await ourServer());
    const withSchemas = kept(await ourServer(undefined, greeterWithSchemas));
    const old = kept(await peers["0.1"].serve());
    const later = kept(await peers["1.18"].serve());
    bridged(await bridgeTo("0.1", [later.name]));
    bridged(await bridgeTo("1.18", [old.name]));
    const names = {
      ours: ours.name,
      "ours with schemas": withSchemas.name,
      "go-micro 0.1": old.name,
      "go-micro 1.18": later.name,
    };
    return { names, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
