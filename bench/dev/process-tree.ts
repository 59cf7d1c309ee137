import { readdir, readFile } from "node:fs/promises";

/** Resident memory in MiB. */
export interface Memory {
  /** Of the process itself. */
  readonly own: number;
  /** Of the process and all that descend from it. */
  readonly tree: number;
}

/** The memory of a process. Linux. */
export async function memoryOf(pid: number): Promise<Memory> {
  const processes = await readProcesses();
  let sum = 0;
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    sum += processes.get(next)?.kib ?? 0;
    for (const [child, { parent }] of processes) if (parent === next) open.push(child);
  }
  return { own: (processes.get(pid)?.kib ?? 0) / 1024, tree: sum / 1024 };
}

interface ProcessInfo {
  readonly parent: number;
  readonly kib: number;
}

async function readProcesses(): Promise<ReadonlyMap<number, ProcessInfo>> {
  const found = new Map<number, ProcessInfo>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // It may have ended meanwhile.
    const status = await readFile(`/proc/${name}/status`, "utf8").catch(() => "");
    const parent = /^PPid:\s+(\d+)/m.exec(status)?.[1];
    const kib = /^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? "0";
    if (parent !== undefined) found.set(Number(name), { parent: Number(parent), kib: Number(kib) });
  }
  return found;
}
