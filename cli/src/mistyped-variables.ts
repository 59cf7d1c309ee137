import { findMistypedVariables } from "@micro/kernel";
import { findCompanions } from "./installed.ts";
import type { Env, Io } from "./io.ts";
import { addPlugins, collectAllFlags, type Runtime } from "./runtime.ts";

/** Warns of variables that look like those of flags and are none. Others may use the prefix, so it is no error. */
export async function warnOfVariables(runtime: Runtime, env: Env, io: Io): Promise<void> {
  if (findMistypedVariables(env, collectAllFlags(runtime).keys()).size === 0) return;
  // They may be meant for a package that this command does not load.
  const known = [...collectAllFlags(await withCompanions(runtime)).keys()];
  for (const [variable, meant] of findMistypedVariables(env, known)) {
    io.stderr(`micro: no flag has the variable ${variable}; did you mean ${meant}?\n`);
  }
}

/** What does not load is told when it is used. */
async function withCompanions(runtime: Runtime): Promise<Runtime> {
  try {
    return addPlugins(runtime, await findCompanions(runtime.root, () => {}));
  } catch {
    return runtime;
  }
}
