import { relative, resolve } from "node:path";
import { type CommandContext, UsageError } from "@micro/kernel";
import { serviceProject } from "../templates/service-project.ts";
import { describeProject, writeProject } from "./project-folder.ts";
import { parseProjectName } from "./project-name.ts";

/** `micro new NAME`: writes the folder of a project with one service. */
export async function run({ args, cwd, flags, stdout }: CommandContext): Promise<number> {
  const [name, ...more] = args;
  if (name === undefined) throw new UsageError("a name is requested: micro new greeter");
  if (more.length > 0) throw new UsageError(`one project at a time, not also ${more.join(" ")}`);

  const project = parseProjectName(name);
  const folder = resolve(cwd, String(flags.dir) || name);
  const files = serviceProject(project);
  await writeProject(folder, files);
  const query = `npx micro query ${project.serviceName} Say.Hello '{"name":"John"}'`;
  stdout(describeProject(relative(cwd, folder), Object.keys(files), ["npm install", "npm run dev", query]));
  return 0;
}
