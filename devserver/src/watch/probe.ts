import { randomUUID } from "node:crypto";
import { watch } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Whether the file system of a folder tells of changes: writes a file and waits for the event. Mounts of another system,
 * as in WSL or Docker Desktop, often do not. True where it cannot be tried.
 */
export async function tellsOfChanges(folder: string, limitMs = 250): Promise<boolean> {
  let place: string;
  try {
    place = await mkdtemp(join(folder, ".micro-probe-"));
  } catch {
    return true;
  }
  try {
    return await hearsOf(place, limitMs);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function hearsOf(folder: string, limitMs: number): Promise<boolean> {
  const { promise, resolve } = withResolver<boolean>();
  const watcher = watch(folder, () => resolve(true));
  watcher.on("error", () => resolve(false));
  const timer = setTimeout(() => resolve(false), limitMs);
  try {
    await writeFile(join(folder, randomUUID()), "");
    return await promise;
  } finally {
    clearTimeout(timer);
    watcher.close();
  }
}

function withResolver<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
