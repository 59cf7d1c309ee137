import { nearest } from "@micro/kernel";
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

/** A command of an installed package that the config does not name: of those only the one that is used joins in. */
export async function findCompanionCommand(
  runtime: Runtime,
  words: readonly string[],
): Promise<FoundCommand | undefined> {
  for (const plugin of await findCompanions(runtime.root)) {
    const found = findCommand(addPlugins(runtime, [plugin]), words);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Says that there is no such command, and which ones were probably meant. */
export function describeUnknownCommand({ commands }: Runtime, words: readonly string[]): string {
  const [word = ""] = words;
  const longer = [...commands.keys()].filter((name) => name.startsWith(`${word} `));
  if (longer.length > 0) return `${word} what? ${longer.map((name) => `micro ${name}`).join(", ")}`;
  const meant = nearest(word, commands.keys());
  return `unknown command "${word}"; ${meant === undefined ? "see micro help" : `did you mean "${meant}"?`}`;
}
