import * as assert from "uvu/assert";
import {
  collectFlags,
  type FlagOwner,
  parseArguments,
  resolveSettings,
  type Settings,
  type SettingsSources,
  UsageError,
} from "../../src/index.ts";

const base: FlagOwner = {
  name: "base",
  label: "the base",
  flags: {
    server_name: { type: "string", description: "a name" },
    server_metadata: { type: "list", description: "pairs" },
    client_retries: { type: "number", default: 1, max: 5, description: "attempts" },
  },
};

export const pool = (settings?: Record<string, unknown>): FlagOwner => ({
  name: "pool",
  flags: {
    client_pool_size: { type: "number", default: 0, max: 1000, description: "idle connections kept per node" },
    client_pool_ttl: { type: "duration", default: "1m", description: "how long one is kept", min: "1s", max: "1h" },
  },
  ...(settings === undefined ? {} : { settings }),
});

export const shades: FlagOwner = {
  name: "shades",
  flags: {
    shade: { type: "string", default: "grey", choices: ["grey", "green"], description: "a colour" },
    glossy: { type: "boolean", description: "whether it shines" },
    shade_ratio: { type: "number", default: 0.5, max: 1, description: "how much of it" },
    shade_tags: { type: "list", default: ["a"], description: "tags" },
  },
};

const owners = [base, pool(), shades];

export function resolve(sources: Partial<SettingsSources>): Settings {
  return resolveSettings({ owners, ...sources });
}

/** Resolves with values from a config. */
export function configure(values: Readonly<Record<string, unknown>>): Settings {
  return resolve({ config: [{ values, label: (name) => `settings.${name} in the config` }] });
}

export function parse(argv: string[]): ReturnType<typeof parseArguments> {
  return parseArguments(argv, collectFlags(owners));
}

/** Expects a UsageError with this in its message. */
export function says(text: string) {
  return (error: Error): boolean => {
    assert.instance(error, UsageError);
    assert.ok(error.message.includes(text), `${error.message} does not say: ${text}`);
    return true;
  };
}
