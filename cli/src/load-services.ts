import { relative } from "node:path";
import { type ServiceDefinition, UsageError } from "@micro/kernel";
import { Failure } from "./failure.ts";
import { glob } from "./glob.ts";
import { importDefault } from "./import-default.ts";

/**
 * The services that a config or a command line names: definitions as they are, and the default exports of the
 * files that globs match. A file that two globs match is loaded once.
 *
 * @throws UsageError when a glob matches nothing
 * @throws Failure when a file has no service
 */
export async function loadServices(
  items: readonly (string | ServiceDefinition)[],
  root: string,
): Promise<readonly ServiceDefinition[]> {
  const services: ServiceDefinition[] = [];
  const loaded = new Set<string>();
  for (const item of items) {
    if (typeof item !== "string") {
      services.push(item);
      continue;
    }
    for (const file of await matchFiles(item, root)) {
      if (loaded.has(file)) continue;
      loaded.add(file);
      services.push(await loadService(file, root));
    }
  }
  return services;
}

async function matchFiles(pattern: string, root: string): Promise<readonly string[]> {
  const files = await glob(pattern, root);
  if (files.length === 0) throw new UsageError(`no file matches "${pattern}" in ${root}`);
  return files;
}

async function loadService(file: string, root: string): Promise<ServiceDefinition> {
  const exported = await importDefault(file);
  if (isService(exported)) return exported;
  throw new Failure(`${relative(root, file)} exports no service; write: export default defineService({ name: … })`);
}

function isService(value: unknown): value is ServiceDefinition {
  return typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";
}
