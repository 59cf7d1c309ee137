import { pathToFileURL } from "node:url";
import { describeWithStack, Failure } from "./failure.ts";

/** How long a file of the user may take to load. */
export const loadTimeoutMs = 10_000;

/**
 * The default export of a file, TypeScript or JavaScript; `undefined` when it has none.
 *
 * @throws Failure that names the file when it throws, cannot be read or takes longer than the limit
 */
export async function importDefault(file: string, timeoutMs: number = loadTimeoutMs): Promise<unknown> {
  if (/ts$/.test(file)) await import("@micro/loader"); // What is built needs neither it nor esbuild.
  process.setSourceMapsEnabled(true); // Stacks show the user's lines, not those of the transformed file.
  const { default: exported } = await settle(file, timeoutMs, () => import(pathToFileURL(file).href));
  return exported;
}

/**
 * Runs code of a user's file, and waits for it no longer than the limit.
 *
 * @throws Failure that names the file
 */
export async function settle<T>(file: string, timeoutMs: number, run: () => T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const failure = new Failure(`${file} did not finish loading within ${timeoutMs / 1000} s; does it await forever?`);
    timer = setTimeout(() => reject(failure), timeoutMs);
  });
  try {
    return await Promise.race([run(), late]);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${file} could not be loaded\n${describeWithStack(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
