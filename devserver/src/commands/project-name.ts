import { UsageError } from "@micro/kernel";
import type { ServiceProject } from "../templates/service-project.ts";

/**
 * What a name on the command line stands for: `greeter` and `go.micro.srv.greeter` are the same service, the last part
 * names its files.
 *
 * @throws UsageError with the rule, and a name that follows it where there is one near
 */
export function parseProjectName(name: string): ServiceProject {
  const fileName = name.split(".").at(-1) ?? "";
  const serviceName = name.includes(".") ? name : `go.micro.srv.${name}`;
  if (!pattern.test(serviceName) || !pattern.test(name)) throw new UsageError(describeRule(name));
  return { packageName: name.toLowerCase(), serviceName, fileName };
}

// The rule that defineService holds all services to.
const pattern = /^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,126}[a-zA-Z0-9])?$/;

function describeRule(name: string): string {
  const suggestion = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-zA-Z0-9._-]+/g, "-")
    .replace(/^[^a-zA-Z0-9]+|[^a-zA-Z0-9]+$/g, "")
    .slice(0, 64)
    .replace(/[^a-zA-Z0-9]+$/, "");
  const hint = suggestion === "" || suggestion === name ? "" : `; how about "${suggestion}"?`;
  return `a service name is letters, digits, dots, dashes and underscores, at most 128, not "${name}"${hint}`;
}
