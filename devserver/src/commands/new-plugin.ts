import { relative, resolve } from "node:path";
import { type CommandContext, UsageError } from "@micro/kernel";
import { pluginProject } from "../templates/plugin-project.ts";
import { parsePluginName } from "./plugin-name.ts";
import { describeProject, writeProject } from "./project-folder.ts";

/** `micro new plugin NAME`: writes the folder of a package with a plugin, which passes the tests of its kind. */
export async function run({ args, cwd, flags, stdout }: CommandContext): Promise<number> {
  const [name, ...more] = args;
  if (name === undefined) throw new UsageError("a name is requested: micro new plugin registry-foo");
  if (more.length > 0) throw new UsageError(`one plugin at a time, not also ${more.join(" ")}`);

  const plugin = parsePluginName(name);
  const folder = resolve(cwd, String(flags.dir) || name);
  const files = await pluginProject(plugin);
  await writeProject(folder, files);
  stdout(describeProject(relative(cwd, folder), Object.keys(files), ["npm install", "npm test", "npm run typecheck"]));
  return 0;
}
