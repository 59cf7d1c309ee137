import { type Command, definePlugin, type Flags, type Plugin } from "@micro/kernel";

/** What `micro dev` does unless its flags say otherwise. */
export interface DevserverOptions {
  /** The port of the page on 127.0.0.1. Default 8083, or any free one where that is taken; 0 is any free one. */
  readonly port?: number;
  /** Whether the page opens in a browser when everything is served. Default false. */
  readonly open?: boolean;
  /** Whether types are checked in the background, where TypeScript and a tsconfig.json are found. Default true. */
  readonly types?: boolean;
  /** How long calls may go on in code that was replaced: `"10s"`, the default, or milliseconds. */
  readonly drain?: string | number;
}

/**
 * The commands `micro dev`, `micro build`, `micro new` and `micro new plugin`. The CLI finds them where this package is installed; a config
 * names the plugin only to give it options.
 *
 * @example
 * defineConfig({ plugins: [standard(), devserver({ port: 4000 })] })
 */
export function devserver(options: DevserverOptions = {}): Plugin {
  return definePlugin({
    name: "devserver",
    commands: {
      dev: {
        description: "serve the services of the config, swap their code as it is edited, and show what happens",
        flags: devFlags(options),
        load: () => import("./commands/dev.ts"),
      },
      build,
      new: newProject,
      "new plugin": newPlugin,
    },
  });
}

/** Where the page is served unless that is taken. */
export const usualPort = 8083;

function devFlags({ port = usualPort, open = false, types = true, drain = "10s" }: DevserverOptions): Flags {
  return {
    dev_port: {
      type: "number",
      default: port,
      max: 65_535,
      description: "the port of the page; the usual one may be another where it is taken, 0 is any",
    },
    open: { type: "boolean", default: open, description: "open the page in a browser" },
    inspect: { type: "boolean", description: "let a debugger attach, on 127.0.0.1 alone" },
    inspect_port: { type: "number", default: 9229, max: 65_535, description: "its port, 0 for any" },
    no_types: { type: "boolean", default: !types, description: "do not check types" },
    drain: {
      type: "duration",
      default: typeof drain === "number" ? `${drain}ms` : drain,
      description: "how long calls may go on in code that was replaced",
    },
  };
}

const build: Command = {
  description: "write JavaScript that micro run starts without TypeScript or esbuild",
  flags: {
    out_dir: { type: "string", default: "dist", description: "the folder to write, relative to the config" },
  },
  load: () => import("./commands/build.ts"),
};

const newProject: Command = {
  description: "write a new project: a service, its test, a config",
  args: "NAME",
  flags: {
    dir: { type: "string", description: "the folder to write; without it one with the name" },
  },
  load: () => import("./commands/new.ts"),
};

const newPlugin: Command = {
  description: "write the package of a new plugin, with its tests; registry-foo is a registry, foo taps hooks",
  args: "NAME",
  flags: {
    dir: { type: "string", description: "the folder to write; without it one with the name" },
  },
  load: () => import("./commands/new-plugin.ts"),
};
