import { relative, resolve } from "node:path";
import { type CommandContext, UsageError } from "@micro/kernel";
import { glob } from "../host/glob.ts";
import { buildProject } from "./build-project.ts";

/** `micro build`: writes what `micro run --config=dist/micro.config.js` starts. */
export async function run({
  args,
  config,
  configFile,
  cwd,
  flags,
  root,
  stdout,
  stderr,
}: CommandContext): Promise<number> {
  if (args.length > 0) throw new UsageError(`micro build takes no files, as the config names them: ${args.join(" ")}`);
  if (configFile === undefined) throw new UsageError("there is no micro.config.ts to build");
  const outDir = resolve(root, String(flags.out_dir));
  if (outDir === root) throw new UsageError("--out_dir is the folder of the config; choose one below it, such as dist");

  const services = await matchServices(config.services ?? [], root);
  const built = await buildProject({ root, configFile, outDir, services });
  for (const warning of built.warnings) stderr(`warning ${warning}\n`);
  const written = relative(cwd, built.configFile);
  stdout(`built ${built.services.length} services, ${Math.ceil(built.bytes / 1024)} KiB\n`);
  stdout(`start them with: micro run --config=${written}\n`);
  return 0;
}

async function matchServices(
  items: NonNullable<CommandContext["config"]["services"]>,
  root: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const services = new Map<string, readonly string[]>();
  for (const item of items) {
    if (typeof item !== "string") continue;
    const files = await glob(item, root);
    if (files.length === 0) throw new UsageError(`no file matches "${item}" in ${root}`);
    services.set(item, files);
  }
  return services;
}
