import { describeUnknown, flagLabel, type KnownFlag, type RawFlags, UsageError } from "./settings.ts";

/** A command line, taken apart. */
export interface Arguments {
  readonly flags: RawFlags;
  readonly positionals: readonly string[];
}

/**
 * Takes a command line apart: `--name=value`, `--name value`, bare switches, one dash or two as Go has it, before
 * or after what is no flag; `--` ends them. A negative number is no flag. Values are not looked at.
 *
 * @param known the flags there are, from {@link collectFlags}
 * @throws UsageError for a flag that is not known, and one without its value
 */
export function parseArguments(argv: readonly string[], known: ReadonlyMap<string, KnownFlag>): Arguments {
  const flags: Record<string, string | readonly string[] | true> = Object.create(null);
  const positionals: string[] = [];
  const rest = argv[Symbol.iterator]();
  for (const argument of rest) {
    if (argument === "--") return { flags, positionals: [...positionals, ...rest] };
    const parts = splitFlag(argument);
    if (parts === undefined) {
      positionals.push(argument);
      continue;
    }
    const [name, text] = parts;
    const flag = known.get(name)?.flag;
    if (flag === undefined) throw new UsageError(describeUnknown(flagLabel, known.keys(), name));
    const value = text ?? (flag.type === "boolean" ? true : takeValue(name, rest));
    flags[name] = name in flags ? [flags[name] as string | readonly string[] | true, value].flat().map(String) : value;
  }
  return { flags, positionals };
}

/** The name of a flag and the text after its `=`; `undefined` for what is no flag. */
export function splitFlag(argument: string): readonly [name: string, text: string | undefined] | undefined {
  const match = /^(?:--|-(?![\d.]|$))([^=]*)(?:=(.*))?$/s.exec(argument);
  return match === null ? undefined : [match[1] as string, match[2]];
}

function takeValue(name: string, rest: Iterator<string>): string {
  const next = rest.next();
  if (next.done || next.value.startsWith("--")) throw new UsageError(`--${name} needs a value: --${name}=…`);
  return next.value;
}
