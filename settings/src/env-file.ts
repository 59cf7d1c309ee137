import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { UsageError } from "./settings.ts";

/**
 * The variables of the file `.env` in a folder, as Node's `--env-file` reads them: `NAME=value` a line, quotes around a
 * value that has spaces or lines, `#` before a comment. None when there is no such file, or a folder has its name.
 * Whoever calls it puts real variables over them: `{ ...readEnvFile(root), ...process.env }`.
 *
 * @throws UsageError when the file is there and cannot be read
 */
export function readEnvFile(folder: string): Readonly<Record<string, string>> {
  const file = join(folder, ".env");
  try {
    return parseEnv(readFileSync(file, "utf8")) as Record<string, string>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return {};
    throw new UsageError(`${file} cannot be read: ${message}`);
  }
}
