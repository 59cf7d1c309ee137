import {
  type CommandContext,
  nearest,
  type Setting,
  shownText,
  shownValue,
  UsageError,
  variableOf,
} from "@micro/kernel";
import { printable, toJson } from "../printable.ts";

/** `micro config [WORD...]`: what every setting is, and where that comes from. Nothing is started. */
export async function run({ args, flags, settings, stdout }: CommandContext): Promise<number> {
  // The flags of this command say how to print, not what a system is made of.
  const all = [...settings.entries()].filter(({ name }) => !(name in flags));
  for (const word of args) checkWord(word, all);
  const wanted = all.filter((setting) => args.length === 0 || args.some((word) => matches(setting, word)));

  stdout(`${flags.json === true ? toJson(wanted.map(toEntry)) : renderSettings(wanted)}\n`);
  return 0;
}

/** A word means every setting that has it in its name, and all those of a plugin. */
function matches({ name, owner }: Setting, word: string): boolean {
  return name.includes(word) || owner === word;
}

/** @throws UsageError when the word means nothing */
function checkWord(word: string, settings: readonly Setting[]): void {
  if (settings.some((setting) => matches(setting, word))) return;
  const names = settings.flatMap(({ name, owner }) => [name, owner, ...name.split("_")]);
  const meant = nearest(word, names);
  throw new UsageError(
    `no setting has "${word}" in its name${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
  );
}

/** Grouped by who brings them, as in the help; a star stands before what somebody has given. */
function renderSettings(settings: readonly Setting[]): string {
  const width = Math.max(...settings.map(({ name }) => name.length));
  const values = settings.map((setting) => printable(shownText(setting)));
  const valueWidth = Math.max(0, ...values.map((value) => value.length).filter((length) => length <= maxValue));
  const lines = settings.flatMap(({ owner, name, source, origin }, at) => {
    const heading = owner === settings[at - 1]?.owner ? [] : [...(at === 0 ? [] : [""]), `Settings of ${owner}:`];
    const mark = source === "default" ? " " : "*";
    const cells = [name.padEnd(width), (values[at] as string).padEnd(valueWidth), origin || "default"];
    return [...heading, `${mark} ${cells.join("  ")}`];
  });
  return lines.join("\n");
}

// A longer value moves the last column of its own line alone.
const maxValue = 30;

/** A setting for programs: durations as text, secrets hidden as in the listing. */
function toEntry({ name, owner, flag, value, source, origin }: Setting): Record<string, unknown> {
  return { name, plugin: owner, value: shownValue({ flag, value }), source, origin, variable: variableOf(name) };
}
