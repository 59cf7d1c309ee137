import {
  type Command,
  type CommandContext,
  collectFlags,
  definePlugin,
  type Kernel,
  type Plugin,
  parseArguments,
  type RawFlags,
  resolveSettings,
  startKernel,
} from "@micro/kernel";
import { cliPlugin } from "./cli-plugin.ts";
import { configPlaces } from "./config-places.ts";
import { reportFailure } from "./failure.ts";
import type { FoundCommand } from "./find-command.ts";
import type { Env, Io } from "./io.ts";
import { warnOfVariables } from "./mistyped-variables.ts";
import { withConfig } from "./runtime.ts";

/**
 * Reads the rest of the command line, runs the command and stops what it started.
 *
 * @returns its exit status, or 1 when it was done and something did not stop well
 * @throws UsageError before anything is started
 */
export async function runCommand(found: FoundCommand, argv: readonly string[], env: Env, io: Io): Promise<number> {
  const { name, command, runtime } = found;
  const variables = runtime.env;
  const own = definePlugin({ name: `command-${name.replaceAll(" ", "-")}`, flags: command.flags ?? {} });
  const plugins = [cliPlugin, own, ...runtime.plugins];
  const { flags, positionals } = parseArguments(argv, collectFlags(plugins));
  const placeOf = configPlaces(runtime.configFile, io.cwd);
  const settings = resolveSettings({ plugins, config: runtime.amended, env: variables, flags, placeOf });
  await warnOfVariables(runtime, variables, io);
  const kernelFlags = omitFlags(flags, [cliPlugin, own]);
  const kernels: Kernel[] = [];
  const context: CommandContext = {
    config: runtime.amended,
    configFile: runtime.configFile,
    root: runtime.root,
    cwd: io.cwd,
    args: positionals.slice(name.split(" ").length),
    flags: settings.of(own),
    settings,
    start: async (changes) => {
      const config = { ...runtime.config, services: [], ...changes };
      const kernel = await startKernel(config, { flags: kernelFlags, env: variables, signal: io.signal });
      kernels.push(kernel);
      return kernel;
    },
    writtenConfig: runtime.config,
    env,
    startWith: async (config, env) => {
      const { config: complete } = await withConfig(runtime, config, env, argv);
      return startKernel(complete, { flags: kernelFlags, env, signal: io.signal });
    },
    streams: io.streams,
    stdout: io.stdout,
    stderr: io.stderr,
    signal: io.signal,
  };
  const status = await runLoaded(command, context, io);
  return (await stopAll(kernels, io)) ? status : status || 1;
}

/** What a command throws must not keep what it started from being stopped. */
async function runLoaded(command: Command, context: CommandContext, io: Io): Promise<number> {
  try {
    const { run } = await command.load();
    return await run(context);
  } catch (error) {
    return reportFailure(error, io);
  }
}

/** The flags that the kernel knows: those of the program and of its command are not its own. */
function omitFlags(flags: RawFlags, plugins: readonly Plugin[]): RawFlags {
  const others = plugins.flatMap((plugin) => Object.keys(plugin.flags ?? {}));
  return Object.fromEntries(Object.entries(flags).filter(([name]) => !others.includes(name)));
}

/** Stops them, each whatever becomes of the others; false when one did not stop well, which is then said. */
async function stopAll(kernels: readonly Kernel[], io: Io): Promise<boolean> {
  const ends = await Promise.allSettled(kernels.map((kernel) => kernel.stop()));
  const failures = ends.filter((end) => end.status === "rejected");
  for (const { reason } of failures) reportFailure(reason, io);
  return failures.length === 0;
}
