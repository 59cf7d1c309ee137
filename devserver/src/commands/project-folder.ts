import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UsageError } from "@micro/kernel";

/**
 * Writes the files of a new project, by their paths in its folder. Nothing that somebody wrote is overwritten; a
 * repository without files is as good as an empty folder.
 *
 * @throws UsageError when the folder is not empty, or is a file
 */
export async function writeProject(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await checkEmpty(folder);
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: "wx" });
  }
}

/** What was written, and what to do next: `cd` where the folder is another, then the commands. */
export function describeProject(folder: string, files: readonly string[], commands: readonly string[]): string {
  const inFolder = folder === "" ? [] : [`cd ${/\s/.test(folder) ? `"${folder}"` : folder}`];
  const next = [...inFolder, ...commands].map((command) => `  ${command}`);
  return [`wrote ${files.length} files in ${folder || "this folder"}: ${files.join(", ")}`, "next:", ...next, ""].join(
    "\n",
  );
}

async function checkEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new UsageError(error.code === "ENOTDIR" ? `${folder} is a file; --dir names another place` : error.message);
  });
  const there = names.filter((name) => name !== ".git");
  if (there.length === 0) return;
  const shown = there.slice(0, 10).join(", ");
  const rest = there.length > 10 ? ` and ${there.length - 10} more` : "";
  throw new UsageError(`${folder} is not empty: ${shown}${rest}; --dir names another place`);
}
