import { nearest, UsageError } from "@micro/kernel";
import { findCompanions } from "./installed.ts";
import { addPlugins, type OwnedCommand, type Runtime } from "./runtime.ts";

/** A command that was found, with what it runs in. */
export interface FoundCommand extends OwnedCommand {
  readonly name: string;
  readonly runtime: Runtime;
}

/** The command whose name is the most of the first words. */
export function findCommand(runtime: Runtime, words: readonly string[]): FoundCommand | undefined {
  for (let count = Math.min(3, words.length); count > 0; count--) {
    const name = words.slice(0, count).join(" ");
    const owned = runtime.commands.get(name);
    if (owned !== undefined) return { ...owned, name, runtime };
  }
  return undefined;
}

/**
 * A command of an installed package that the config does not name: of those only the one that is used joins in.
 *
 * @param report is told of packages that do not load
 * @throws UsageError when there is no such command
 */
export async function findCompanionCommand(
  runtime: Runtime,
  words: readonly string[],
  report: (error: unknown) => void,
): Promise<FoundCommand> {
  const names = [...runtime.commands.keys()];
  for (const plugin of await findCompanions(runtime.root, report)) {
    const found = findCommand(addPlugins(runtime, [plugin]), words);
    if (found !== undefined) return found;
    names.push(...Object.keys(plugin.commands ?? {}));
  }
  throw new UsageError(describeUnknownCommand(names, words));
}

/** Says that there is no such command, and which ones were probably meant. */
export function describeUnknownCommand(names: Iterable<string>, words: readonly string[]): string {
  const [word = ""] = words;
  const known = [...names];
  const longer = known.filter((name) => name.startsWith(`${word} `));
  if (longer.length > 0) return `${word} what? ${longer.map((name) => `micro ${name}`).join(", ")}`;
  const meant = nearestCommand(known, words);
  return `unknown command "${word}"; ${meant === undefined ? "see micro help" : `did you mean "${meant}"?`}`;
}

/** The command of as many words, `list services` for `lst services`, else one of a single word. */
function nearestCommand(names: readonly string[], words: readonly string[]): string | undefined {
  for (let count = Math.min(3, words.length); count > 0; count--) {
    const ofThatLength = names.filter((name) => name.split(" ").length === count);
    const meant = nearest(words.slice(0, count).join(" "), ofThatLength);
    if (meant !== undefined) return meant;
  }
  return undefined;
}
