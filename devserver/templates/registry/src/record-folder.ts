import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MicroError, type ServiceRecord } from "@micro/kernel";

/** A file that nobody wrote for so long is of a process that died, and is removed. */
const leftBehindMs = 15_000;

/** Records of one node each, as files of a folder. Who may write there may announce what it likes. */
export class RecordFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes or replaces the file of a node and returns its key. */
  async write(record: ServiceRecord): Promise<string> {
    const [node, ...more] = record.nodes;
    if (node === undefined || more.length > 0) throw notOneNode(record);
    const key = keyOf(record.name, node.id);
    const text = JSON.stringify(record);
    await this.#try("write to", async () => {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const unfinished = join(this.#folder, `${key}.${randomUUID()}`);
      await writeFile(unfinished, text);
      await rename(unfinished, join(this.#folder, key)); // At once, so that nobody reads half of it.
    });
    return key;
  }

  /** Removes the files of its nodes and returns their keys; what is not there is no mistake. */
  async remove({ name, nodes }: ServiceRecord): Promise<readonly string[]> {
    const keys = nodes.map(({ id }) => keyOf(name, id));
    await this.#try("remove from", () => Promise.all(keys.map((key) => rm(join(this.#folder, key), { force: true }))));
    return keys;
  }

  /** All records by their keys, of a folder that is not there yet none. */
  async read(): Promise<ReadonlyMap<string, ServiceRecord>> {
    const names = await this.#try("read", () => readdir(this.#folder).catch(noneIfMissing));
    const found = await Promise.all(names.sort().map((name) => this.#readFile(name)));
    return new Map(found.filter((entry) => entry !== undefined));
  }

  async #readFile(key: string): Promise<readonly [string, ServiceRecord] | undefined> {
    const file = join(this.#folder, key);
    try {
      const { mtimeMs } = await stat(file);
      if (Date.now() - mtimeMs > leftBehindMs) await rm(file, { force: true });
      else if (/^[0-9a-f]{64}\.json$/.test(key)) return [key, recordFrom(await readFile(file, "utf8"))];
    } catch {
      // It has gone meanwhile, or is no record: there is nothing to call.
    }
    return undefined;
  }

  async #try<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const detail = `cannot ${what} ${this.#folder}: ${(cause as Error).message}; --registry_foo_folder names another`;
      throw new MicroError("go.micro.registry", 503, detail, { reason: "registry_unavailable", cause });
    }
  }
}

/** A name for any id, however long and whatever stands in it. */
function keyOf(service: string, nodeId: string): string {
  return `${createHash("sha256").update(`${service}\0${nodeId}`).digest("hex")}.json`;
}

function recordFrom(text: string): ServiceRecord {
  const record = JSON.parse(text) as ServiceRecord;
  const [node] = record.nodes;
  const texts = [record.name, record.version, node?.id, node?.address];
  if (texts.some((value) => typeof value !== "string")) throw new TypeError("no record");
  return { ...record, metadata: record.metadata ?? {}, endpoints: record.endpoints ?? [] };
}

function noneIfMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOENT") return [];
  throw error;
}

function notOneNode({ name, nodes }: ServiceRecord): MicroError {
  const detail = `a record is registered with exactly one node, "${name}" has ${nodes.length}`;
  return new MicroError("go.micro.registry", 400, detail);
}
