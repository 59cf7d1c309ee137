import { pause } from "../src/pause.ts";
import type { Field } from "./contender.ts";

/** Something that goes wrong with the first node, or with what nodes are found by. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Whether it needs a registry. */
  readonly isOfRegistry?: boolean;
  /** Does it; the calls go on meanwhile. Resolves when it is over. */
  run(field: Field): Promise<void>;
}

const size = 3;

export const scenarios: readonly Scenario[] = [
  { name: "killed", title: "a node is killed", run: async (field) => field.signal(0, "SIGKILL") },
  { name: "sigterm", title: "a node is asked to end", run: async (field) => field.signal(0, "SIGTERM") },
  {
    name: "rolling",
    title: "all nodes are restarted in turn",
    run: async (field) => {
      for (let at = 0; at < size; at++) await field.restart(at);
    },
  },
  {
    name: "registry",
    title: "the registry is gone for ten seconds",
    isOfRegistry: true,
    run: async ({ registry }) => {
      await registry?.stop();
      await pause(10_000);
      await registry?.start();
    },
  },
  {
    name: "hung",
    title: "a node stands still for six seconds",
    run: async (field) => {
      field.signal(0, "SIGSTOP");
      await pause(6000);
      field.signal(0, "SIGCONT");
    },
  },
  { name: "slow", title: "a node is 200 ms slower", run: async (field) => field.slowDown(0, 220) },
];
