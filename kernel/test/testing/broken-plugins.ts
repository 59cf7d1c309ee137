import { definePlugin, type Plugin } from "../../src/contracts/plugin.ts";
import type { Breakage } from "../support/collect.ts";

let timer: NodeJS.Timeout | undefined;
let inUse = false;
const ignore = (): void => {};

function startTimer(): void {
  clearInterval(timer);
  timer = setInterval(() => {}, 60_000);
}

function stopTimer(): void {
  clearInterval(timer);
  inUse = false;
}

/** Plugins that break the contract, each in one way. */
export const brokenPlugins: readonly Breakage<() => Plugin>[] = [
  {
    does: "has a name with a space",
    make: () => ({ name: "My Plugin" }),
    seenBy: ["its name and the names of its flags are well formed"],
  },
  {
    does: "has a flag with dashes",
    make: () => ({ name: "broken", flags: { "broken-flag": { type: "string", description: "what it is" } } }),
    seenBy: ["its name and the names of its flags are well formed"],
  },
  {
    does: "does not say what its flag is for",
    make: () => definePlugin({ name: "broken", flags: { broken_flag: { type: "string", description: "" } } }),
    seenBy: ["its flags and commands say in a line what they are for"],
  },
  {
    does: "has a default that its flag does not allow",
    make: () =>
      definePlugin({
        name: "broken",
        flags: { broken_size: { type: "number", default: 20, max: 10, description: "how many there are" } },
      }),
    seenBy: ["the default of each flag is a value that the flag allows, or stands for none"],
  },
  {
    does: "has a command that is not there",
    make: () =>
      definePlugin({
        name: "broken",
        commands: { broken: { description: "Does nothing", load: () => Promise.reject(new Error("no such module")) } },
      }),
    seenBy: ["what its commands run can be imported"],
  },
  {
    does: "fails in its setup",
    make: () =>
      definePlugin({
        name: "broken",
        setup() {
          throw new Error("it did not work");
        },
      }),
    seenBy: ["it starts and stops, and stopping twice is no mistake"],
  },
  {
    does: "keeps its state outside of its setup",
    make: () =>
      definePlugin({
        name: "broken",
        setup({ defer }) {
          if (inUse) throw new Error("it runs already");
          inUse = true;
          defer(() => {
            inUse = false;
          });
        },
      }),
    seenBy: ["one plugin serves two kernels, and the end of one is not the end of the other"],
    undo: stopTimer,
  },
  {
    does: "starts something when it is amending the config",
    make: () =>
      definePlugin({
        name: "broken",
        config(config) {
          startTimer();
          return config;
        },
      }),
    seenBy: ["a kernel that is stopped before it starts does not start"],
    undo: stopTimer,
  },
  {
    does: "leaves a timer running",
    make: () => definePlugin({ name: "broken", setup: startTimer }),
    seenBy: [
      "a stopped kernel leaves nothing that keeps the process alive",
      "a kernel that is stopped while it starts takes back what was set up",
      "when another plugin fails the start, what was set up is taken back",
    ],
    undo: stopTimer,
  },
  {
    does: "frees what it opened only when the start was complete",
    make: () =>
      definePlugin({
        name: "broken",
        setup({ hooks, defer }) {
          startTimer();
          hooks.ready.tap("broken", () => defer(stopTimer));
        },
      }),
    seenBy: [
      "a kernel that is stopped while it starts takes back what was set up",
      "when another plugin fails the start, what was set up is taken back",
    ],
    undo: stopTimer,
  },
  {
    does: "listens to a signal of the process",
    make: () =>
      definePlugin({
        name: "broken",
        setup() {
          process.on("SIGTERM", ignore);
        },
      }),
    seenBy: ["it leaves the signals and the errors of the process alone"],
    undo: () => process.off("SIGTERM", ignore),
  },
];
