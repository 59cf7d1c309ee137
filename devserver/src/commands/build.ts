import { relative, resolve, sep } from "node:path";
import { type CommandContext, UsageError } from "@micro/kernel";
import { findServiceFiles } from "../host/service-files.ts";
import { buildProject } from "./build-project.ts";

/** `micro build`: writes what `micro run --config=dist/micro.config.js` starts. */
export async function run(context: CommandContext): Promise<number> {
  const { args, configFile, cwd, flags, root, stdout, stderr } = context;
  if (args.length > 0) throw new UsageError(`micro build takes no files, as the config names them: ${args.join(" ")}`);
  if (configFile === undefined) throw new UsageError("there is no micro.config.ts to build");
  const outDir = resolve(root, String(flags.out_dir));
  if (outDir === root) throw new UsageError("--out_dir is the folder of the config; choose one below it, such as dist");

  const services = await matchServices(context, outDir);
  const built = await buildProject({ root, configFile, outDir, services });
  for (const warning of built.warnings) stderr(`warning ${warning}\n`);
  const count = built.services.length;
  stdout(`built the config and ${count} ${count === 1 ? "service" : "services"}, ${built.kibibytes} KiB\n`);
  stdout(`start it with: micro run --config=${relative(cwd, built.configFile)}\n`);
  return 0;
}

/** What an earlier build wrote is no source, whatever the patterns say. */
async function matchServices(
  { config, root }: CommandContext,
  outDir: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const services = new Map<string, readonly string[]>();
  for (const item of config.services ?? []) {
    if (typeof item !== "string") continue;
    const files = (await findServiceFiles([item], root)).files.filter((file) => !file.startsWith(`${outDir}${sep}`));
    if (files.length === 0) throw new UsageError(`no file matches "${item}" in ${root}`);
    services.set(item, files);
  }
  return services;
}
