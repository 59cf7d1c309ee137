import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { type CommandContext, UsageError } from "@micro/kernel";
import { serviceProject } from "../templates/service-project.ts";
import { parseProjectName } from "./project-name.ts";

/** `micro new NAME`: writes the folder of a project with one service. */
export async function run({ args, cwd, flags, stdout }: CommandContext): Promise<number> {
  const [name, ...more] = args;
  if (name === undefined) throw new UsageError("a name is requested: micro new greeter");
  if (more.length > 0) throw new UsageError(`one project at a time, not also ${more.join(" ")}`);

  const project = parseProjectName(name);
  const folder = resolve(cwd, String(flags.dir) || name);
  await checkEmpty(folder);
  const files = serviceProject(project);
  await writeFiles(folder, files);
  stdout(describe(relative(cwd, folder), Object.keys(files), project.serviceName));
  return 0;
}

/** Nothing that somebody wrote is overwritten. A repository without files is as good as an empty folder. */
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

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: "wx" });
  }
}

function describe(folder: string, files: readonly string[], service: string): string {
  const inFolder = folder === "" ? [] : [`  cd ${/\s/.test(folder) ? `"${folder}"` : folder}`];
  return [
    `wrote ${files.length} files in ${folder || "this folder"}: ${files.join(", ")}`,
    "next:",
    ...inFolder,
    "  npm install",
    "  npm run dev",
    `  npx micro query ${service} Say.Hello '{"name":"John"}'`,
    "",
  ].join("\n");
}
