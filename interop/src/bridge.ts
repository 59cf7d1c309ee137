import type { ServiceRecord } from "@micro/kernel";
import { eventually } from "@micro/kernel/testing";
import { MdnsRegistry } from "@micro/registry-mdns";
import type { GoRelease } from "./go-peer.ts";

/** Something that ends. */
export interface Bridge {
  close(): Promise<void>;
}

/**
 * Announces what go-micro programs of one release serve to those of the other, which look in another domain of mDNS;
 * without it they do not find each other.
 */
export async function bridgeTo(release: GoRelease, names: readonly string[]): Promise<Bridge> {
  const there = new MdnsRegistry({ domains: [domains[release]] });
  const here = new MdnsRegistry({ domains: Object.values(domains).filter((domain) => domain !== domains[release]) });
  try {
    for (const name of names) for (const record of await find(here, name)) await there.register(record);
    return there;
  } catch (error) {
    await there.close();
    throw error;
  } finally {
    await here.close();
  }
}

const domains: Readonly<Record<GoRelease, string>> = { "0.1": "local", "1.18": "micro" };

async function find(registry: MdnsRegistry, name: string): Promise<readonly ServiceRecord[]> {
  let records: readonly ServiceRecord[] = [];
  await eventually(10_000, `${name} in the other domain`, async () => {
    records = await registry.getService(name);
    return records.length > 0;
  });
  return records;
}
