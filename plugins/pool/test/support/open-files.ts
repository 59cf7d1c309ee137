import { readdirSync } from "node:fs";

/** How many files and sockets this process has open; `undefined` where the system does not say. */
export function openFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}
