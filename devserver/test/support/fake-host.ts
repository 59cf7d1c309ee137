import type { Kernel } from "@micro/kernel";
import type { DevIsolation, DevPage } from "../../src/commands/run-dev.ts";
import type { DevHost, DevHostOptions } from "../../src/dev-host.ts";

/** A host and a page that do as a test says, and note in which order they are used. */
export interface FakeParts {
  readonly notes: string[];
  /** What the host was started with. */
  readonly options: DevHostOptions;
  startHost(options: DevHostOptions): Promise<DevHost>;
  createPage(): DevPage;
  createIsolation(): DevIsolation;
}

/** @param fail is called with each note, and may throw in its place */
export function fakeParts(fail: (note: string) => void = () => {}): FakeParts {
  const notes: string[] = [];
  let given: DevHostOptions | undefined;
  const note = (text: string): void => {
    notes.push(text);
    fail(text);
  };
  return {
    notes,
    get options() {
      if (given === undefined) throw new Error("the host was not started");
      return given;
    },
    startHost: async (options) => {
      given = options;
      await new Promise(setImmediate);
      note("start host");
      return {
        root: options.root,
        events: options.events,
        kernel: undefined as unknown as Kernel,
        services: [],
        reload: async () => note("reload"),
        callReplaced: async () => undefined,
        files: new Set(),
        isolate: async () => {},
        close: async () => note("close host"),
      };
    },
    createPage: () => ({
      plugin: { name: "fake-page" },
      serve: async (_host, { port }) => {
        note(`serve page on ${port ?? "the usual port"}`);
        return { pageUrl: "http://127.0.0.1:4000/#token", warning: undefined, close: async () => note("close page") };
      },
      close: () => note("close observer"),
    }),
    createIsolation: () => ({
      create: async () => Promise.reject(new Error("no workers here")),
      close: async () => note("close workers"),
    }),
  };
}
