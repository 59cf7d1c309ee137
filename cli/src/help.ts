import { type Command, collectFlags, type Flag, type KnownFlag, UsageError, variableOf, version } from "@micro/kernel";
import { cliPlugin } from "./cli-plugin.ts";
import { leftWidth, type Row, renderRows } from "./columns.ts";
import { reportFailure } from "./failure.ts";
import { describeUnknownCommand, findCommand } from "./find-command.ts";
import { findCompanions } from "./installed.ts";
import type { Env, Io } from "./io.ts";
import { addPlugins, collectAllFlags, loadRuntime, type Runtime, standardRuntime } from "./runtime.ts";
import { wordsOf } from "./words.ts";

/** Shows what the program takes, or what the command takes that the command line names. */
export async function help(argv: readonly string[], env: Env, io: Io): Promise<number> {
  const runtime = await loadHelpRuntime(argv, env, io);
  const words = wordsOf(argv, collectAllFlags(runtime));
  const asked = words[0] === "help" ? words.slice(1) : words;
  if (asked.length === 0) {
    io.stdout(renderHelp(runtime));
    return 0;
  }
  const found = findCommand(runtime, asked);
  if (found === undefined) throw new UsageError(describeUnknownCommand(runtime.commands.keys(), asked));
  io.stdout(renderCommandHelp(found.name, found.command));
  return 0;
}

/** The page of the whole program: commands, then flags by who brings them. */
function renderHelp(runtime: Runtime): string {
  const sections = [
    `micro ${version}, a microservices toolkit`,
    "Usage: micro COMMAND [ARGUMENTS] [--flag=value]",
    renderCommands(runtime),
    renderFlags(collectFlags([cliPlugin, ...runtime.plugins])),
    "Values come from defaults, config, environment and flags; the later goes before the earlier.",
  ];
  return `${sections.join("\n\n")}\n`;
}

/** The page of one command. */
function renderCommandHelp(name: string, command: Command): string {
  const { description, args = "", flags = {} } = command;
  const known = new Map(Object.entries(flags).map(([flagName, flag]) => [flagName, { flag, owner: name }]));
  const sections = [
    `micro ${name}: ${description}`,
    `Usage: micro ${name} ${args}`.trimEnd(),
    ...(known.size === 0 ? [] : [renderFlags(known)]),
    "See micro help for the flags that every command takes.",
  ];
  return `${sections.join("\n\n")}\n`;
}

/** Flags grouped by who brings them, each with its default and its variable; all groups have one left column. */
function renderFlags(known: ReadonlyMap<string, KnownFlag>): string {
  const groups = new Map<string, Row[]>();
  for (const [name, { flag, owner }] of known) {
    const rows = groups.get(owner) ?? [];
    groups.set(owner, rows);
    rows.push([
      renderUse(name, flag),
      [...wordsIn(flag.description), ...renderDefault(flag), `[$${variableOf(name)}]`],
    ]);
  }
  const width = leftWidth([...groups.values()].flat());
  return [...groups].map(([owner, rows]) => `Flags of ${owner}:\n${renderRows(rows, width)}`).join("\n\n");
}

/** What does not load, be it the config or a package beside it, is no reason to refuse help. */
async function loadHelpRuntime(argv: readonly string[], env: Env, io: Io): Promise<Runtime> {
  const report = (error: unknown) => void reportFailure(error, io);
  let runtime = await loadRuntime({ argv, env, io }).catch((error: unknown) => {
    report(error);
    return standardRuntime(io.cwd, env);
  });
  const named = new Set(runtime.plugins.map((plugin) => plugin.name));
  for (const plugin of await findCompanions(runtime.root, report)) {
    if (named.has(plugin.name)) continue;
    try {
      runtime = addPlugins(runtime, [plugin]);
    } catch (error) {
      report(error);
    }
  }
  return runtime;
}

function renderCommands({ commands }: Runtime): string {
  const rows = [...commands].map(
    ([name, { command }]): Row => [`${name} ${command.args ?? ""}`.trimEnd(), wordsIn(command.description)],
  );
  rows.push(["help [COMMAND]", wordsIn("this page, or that of a command; also -h and --help")]);
  rows.push(["--version", wordsIn("the version of this program")]);
  return `Commands:\n${renderRows(rows)}`;
}

function renderUse(name: string, flag: Flag): string {
  if (flag.type === "boolean") return `--${name}`;
  const choices = flag.type === "string" ? flag.choices?.join("|") : undefined;
  return `--${name}=${choices ?? kindNames[flag.type]}`;
}

const kindNames = { string: "TEXT", number: "NUMBER", duration: "DURATION", list: "A,B" } as const;

function renderDefault(flag: Flag): readonly string[] {
  const value = String(flag.default ?? "");
  return value === "" || value === "false" ? [] : [`(${value})`];
}

function wordsIn(text: string): readonly string[] {
  return text.split(" ");
}
