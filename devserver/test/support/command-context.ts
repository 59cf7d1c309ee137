import {
  type Command,
  type CommandContext,
  definePlugin,
  type Kernel,
  type Plugin,
  resolveSettings,
  startKernel,
} from "@micro/kernel";

/** A command's context, and what the command has written. */
export interface TestContext {
  readonly context: CommandContext;
  readonly stdout: string;
  readonly stderr: string;
  /** Asks the command to end. */
  abort(): void;
}

/** Makes the context of a command of a plugin; its flags are at their defaults, except for those given. */
export function createContext(
  plugin: Plugin,
  name: string,
  { flags = {}, ...members }: Partial<Omit<CommandContext, "flags">> & { flags?: Record<string, string | true> } = {},
): TestContext {
  const command = plugin.commands?.[name] as Command;
  const own = definePlugin({ name: "own", flags: command.flags ?? {} });
  const settings = resolveSettings({ plugins: [own], config: {}, env: {}, flags });
  const ending = new AbortController();
  let [stdout, stderr] = ["", ""];
  const context: CommandContext = {
    config: {},
    configFile: undefined,
    root: "/nowhere",
    cwd: "/nowhere",
    args: [],
    flags: settings.of(own),
    settings,
    start: async (): Promise<Kernel> => startKernel(),
    writtenConfig: {},
    env: {},
    startWith: async (config) => startKernel(config),
    streams: undefined,
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    signal: ending.signal,
    ...members,
  };
  return {
    context,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    abort: () => ending.abort(),
  };
}
