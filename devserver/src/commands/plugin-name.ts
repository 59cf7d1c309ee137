import { nearest, UsageError } from "@micro/kernel";
import { capabilityKinds, type PluginProject } from "../templates/plugin-project.ts";

/**
 * What a name on the command line stands for: `registry-foo` is a registry called `foo`, and a name without a kind in
 * front is a plugin that taps hooks.
 *
 * @throws UsageError with the rule, and a name that follows it where there is one near
 */
export function parsePluginName(name: string): PluginProject {
  if (!pattern.test(name) || name.length > maxLength) throw new UsageError(describeRule(name));
  const [first = "", ...rest] = name.split("-");
  const kind = capabilityKinds.find((known) => known === first);
  const own = kind === undefined ? name : rest.join("-");
  if (kind === undefined) checkKind(name, first);
  if (own === "") throw new UsageError(`"${name}" is a kind of plugin: give it a name, ${name}-foo`);
  if (!pattern.test(own)) throw new UsageError(`what follows "${first}-" begins with a letter, not "${own}"`);
  if (own === kind || taken.has(own)) {
    throw new UsageError(`"${own}" is the name of something that the files import; choose another one`);
  }
  return { kind: kind ?? "hook", name: own, packageName: kind === undefined ? `micro-plugin-${own}` : `micro-${name}` };
}

// The rule that definePlugin holds all plugins to.
const pattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const maxLength = 64;

/** `definePlugin`, `testPlugin` and `testCodec` come from the kernel. */
const taken: ReadonlySet<string> = new Set(["define", "test"]);

/** A kind that was mistyped would become a plugin of hooks. */
function checkKind(name: string, first: string): void {
  const meant = name === first ? undefined : nearest(first, capabilityKinds);
  if (meant === undefined) return;
  throw new UsageError(`"${first}" is no kind of plugin; did you mean "${meant}${name.slice(first.length)}"?`);
}

function describeRule(name: string): string {
  const suggestion = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/^@[^/]*\//, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, maxLength)
    .replace(/-+$/, "");
  const hint = suggestion === "" || suggestion === name ? "" : `; how about "${suggestion}"?`;
  return `the name of a plugin is lower case with dashes, at most ${maxLength}, not "${name}"${hint}`;
}
