import { isDeepStrictEqual } from "node:util";
import { MicroError, type Registry, type RegistryEvent, type RegistryWatch, type ServiceRecord } from "@micro/kernel";
import { RecordFolder } from "./record-folder.ts";

/** How often the folder is read, in milliseconds. */
const readEveryMs = 100;

/** How often what was announced is written again, in milliseconds: its file must not look left behind. */
const renewEveryMs = 5000;

/** A registry in a folder: each node is a file, and whoever reads the folder knows them all. */
export class FooRegistry implements Registry {
  readonly name = "foo";
  readonly settleMs: number = 3 * readEveryMs;
  readonly #folder: RecordFolder;
  readonly #announced = new Map<string, ServiceRecord>();
  readonly #listeners = new Set<{ readonly tell: (event: RegistryEvent) => void }>();
  #nodes: ReadonlyMap<string, ServiceRecord> = new Map();
  #services = new Map<string, readonly ServiceRecord[]>();
  #isRead = false;
  #reading: Promise<void>;
  #renewedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  constructor(folder: string) {
    this.#folder = new RecordFolder(folder);
    this.#reading = this.#read().catch(() => {}); // Whoever asks before it was read reads again, and hears of it.
    this.#readLater();
  }

  async register(record: ServiceRecord): Promise<void> {
    this.#assertOpen();
    const key = await this.#folder.write(record);
    this.#announced.set(key, structuredClone(record));
    await this.#readNow();
  }

  async deregister(record: ServiceRecord): Promise<void> {
    this.#assertOpen();
    for (const key of await this.#folder.remove(record)) this.#announced.delete(key);
    await this.#readNow();
  }

  getService(name: string): readonly ServiceRecord[] | Promise<readonly ServiceRecord[]> {
    this.#assertOpen();
    if (this.#isRead) return this.#recordsOf(name);
    return this.#readNow().then(() => this.#recordsOf(name));
  }

  async listServices(): Promise<readonly string[]> {
    this.#assertOpen();
    if (!this.#isRead) await this.#readNow();
    return [...this.#services.keys()].sort();
  }

  watch(tell: (event: RegistryEvent) => void): RegistryWatch {
    this.#assertOpen();
    const listener = { tell };
    this.#listeners.add(listener);
    return { close: () => void this.#listeners.delete(listener) };
  }

  close(): Promise<void> {
    this.#closed ??= this.#leave();
    return this.#closed;
  }

  async #leave(): Promise<void> {
    clearTimeout(this.#timer);
    this.#listeners.clear();
    await this.#reading;
    for (const record of this.#announced.values()) await this.#folder.remove(record);
  }

  #recordsOf(name: string): readonly ServiceRecord[] {
    return this.#services.get(name) ?? none;
  }

  /** One reading behind the other, so that an older one never overwrites a newer one. */
  #readNow(): Promise<void> {
    const reading = this.#reading.then(() => this.#read());
    this.#reading = reading.catch(() => {});
    return reading;
  }

  #readLater(): void {
    this.#timer = setTimeout(() => {
      // A folder that cannot be read now is read again: what is known stays, it is likely to be still true.
      void this.#renew()
        .then(() => this.#readNow())
        .catch(() => {})
        .finally(() => {
          if (this.#closed === undefined) this.#readLater();
        });
    }, readEveryMs);
    this.#timer.unref();
  }

  async #renew(): Promise<void> {
    if (performance.now() - this.#renewedAt < renewEveryMs) return;
    this.#renewedAt = performance.now();
    for (const record of this.#announced.values()) await this.#folder.write(record);
  }

  async #read(): Promise<void> {
    const before = this.#nodes;
    this.#nodes = await this.#folder.read();
    this.#isRead = true;
    const events = changesBetween(before, this.#nodes);
    for (const name of new Set(events.map(({ service }) => service.name))) this.#gather(name);
    for (const event of events) for (const { tell } of this.#listeners) tell(event);
  }

  /** The same array until something changes. */
  #gather(name: string): void {
    const versions = new Map<string, ServiceRecord>();
    for (const record of this.#nodes.values()) {
      if (record.name !== name) continue;
      const nodes = [...(versions.get(record.version)?.nodes ?? []), ...record.nodes];
      versions.set(record.version, { ...record, nodes });
    }
    if (versions.size === 0) this.#services.delete(name);
    else this.#services.set(name, [...versions.values()]);
  }

  #assertOpen(): void {
    if (this.#closed === undefined) return;
    throw new MicroError("go.micro.registry", 503, "the foo registry is closed", { reason: "registry_unavailable" });
  }
}

const none: readonly ServiceRecord[] = [];

function changesBetween(before: RecordsByKey, after: RecordsByKey): readonly RegistryEvent[] {
  const events: RegistryEvent[] = [];
  for (const [key, service] of before) {
    // A node that changed its version left the old one.
    if (after.get(key)?.version !== service.version) events.push({ action: "delete", service });
  }
  for (const [key, service] of after) {
    const known = before.get(key);
    if (known?.version !== service.version) events.push({ action: "create", service });
    else if (!isDeepStrictEqual(known, service)) events.push({ action: "update", service });
  }
  return events;
}

type RecordsByKey = ReadonlyMap<string, ServiceRecord>;
