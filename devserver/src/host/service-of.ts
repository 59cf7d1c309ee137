import type { ServiceDefinition } from "@micro/kernel";
import type { Hot } from "./guest.ts";

/** What the host takes from a service file. */
export interface ServiceExports {
  readonly definition: ServiceDefinition;
  readonly hot: Hot | undefined;
}

/**
 * Finds the service in what a file exports.
 *
 * @param file as messages show it
 * @throws Error when there is none
 */
export function serviceOf(exports: unknown, file: string): ServiceExports {
  const { default: definition, hot } = (exports ?? {}) as { default?: unknown; hot?: unknown };
  if (!isService(definition)) {
    throw new Error(
      `${file} exports no service; write: export default defineService({ name: "go.micro.srv.greeter" })`,
    );
  }
  return { definition, hot: typeof hot === "object" && hot !== null ? hot : undefined };
}

function isService(value: unknown): value is ServiceDefinition {
  return typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";
}
