import * as inspector from "node:inspector";
import { Worker } from "node:worker_threads";
import { type ScriptPlace, scriptName } from "./blocked-place.ts";
import { beatMs } from "./heartbeat.ts";

/** Code that kept the event loop from turning, and was broken off. */
export interface Interruption {
  /** Where it was, innermost first. */
  readonly places: readonly ScriptPlace[];
  /** For how long the event loop had not turned, in milliseconds. */
  readonly forMs: number;
}

/** What a watchdog does when. */
export interface WatchdogOptions {
  /** For how long the event loop may not turn, in milliseconds. Default 1500: longer than any work that is meant. */
  readonly limitMs?: number;
  /** Told when the event loop turns again. */
  readonly onInterrupt: (interruption: Interruption) => void;
}

/** What the thread of the watchdog gets, and what it tells. */
interface WatchdogStart {
  /** The count of beats, and whether a debugger is attached. */
  readonly state: Int32Array;
  readonly beatMs: number;
  readonly limitMs: number;
}

interface Told {
  readonly places: readonly (Omit<ScriptPlace, "script"> & { readonly url: string })[];
  readonly forMs: number;
}

/**
 * Looks from a thread of its own whether the event loop of this one turns, and breaks off code of a guest that keeps it
 * from that. Code that is broken off ends without `catch` and `finally`, and its promises never settle: whoever waits for
 * them has to be told. Promise callbacks that were to run in the same turn are lost with it.
 *
 * It does nothing while a debugger is attached, where code stands still because somebody wants it to.
 *
 * @returns what ends it, `undefined` where this version of Node has no way to do it
 */
export function startWatchdog({ limitMs = 1500, onInterrupt }: WatchdogOptions): (() => Promise<void>) | undefined {
  if (!canBreakOff()) return undefined;
  const state = new Int32Array(new SharedArrayBuffer(8));
  const timer = setInterval(() => {
    Atomics.add(state, 0, 1);
    Atomics.store(state, 1, inspector.url() === undefined ? 0 : 1);
  }, beatMs);
  timer.unref();
  const workerData: WatchdogStart = { state, beatMs, limitMs };
  const worker = new Worker(`(${watch})()`, {
    eval: true,
    name: "micro-watchdog",
    execArgv: [],
    env: {},
    workerData,
    // Small, so that it costs little; what it keeps is one list of names while it looks.
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  });
  worker.unref();
  worker.on("message", ({ places, forMs }: Told) => {
    onInterrupt({ forMs, places: places.map(({ url, ...place }) => ({ ...place, script: scriptName(url) })) });
  });
  // Without it everything works as before, except that nobody watches.
  worker.on("error", () => clearInterval(timer));
  return async () => {
    clearInterval(timer);
    await worker.terminate();
  };
}

/**
 * The thread. It stands alone, as its text is what is run: a file would have to be found, and loaded by a loader.
 *
 * Code that is broken off within a timer or a tick leaves Node's stack of async ids as it was, and Node ends the process
 * when it finds it so. It is cleared first, as Node itself does after an uncaught error.
 */
function watch(): void {
  const { workerData, parentPort } = require("node:worker_threads") as typeof import("node:worker_threads");
  const { Session } = require("node:inspector") as typeof import("node:inspector");
  const { state, beatMs, limitMs } = workerData as WatchdogStart;
  let last = -1;
  let silentMs = 0;
  let isLooking = false;
  setInterval(() => {
    const now = Atomics.load(state, 0);
    silentMs = now === last ? silentMs + beatMs : 0;
    last = now;
    // It counts its own turns, not the clock, which goes on while the machine sleeps.
    if (silentMs < limitMs || isLooking || Atomics.load(state, 1) === 1) return;
    isLooking = true;
    look(now);
  }, beatMs);

  function look(beats: number): void {
    const forMs = silentMs;
    const urls = new Map<string, string>();
    const session = new Session();
    const end = () => {
      session.disconnect();
      silentMs = 0;
      isLooking = false;
    };
    session.connectToMainThread();
    session.on("Debugger.scriptParsed", ({ params }) => void urls.set(params.scriptId, params.url));
    session.on("Debugger.paused", ({ params }) => {
      const places = params.callFrames.map(({ location: { scriptId, lineNumber, columnNumber = 0 } }) => {
        return { url: urls.get(scriptId) ?? "", line: lineNumber + 1, column: columnNumber + 1 };
      });
      const isGuest = places.some(({ url }) => /(?:\?|%3F)micro=\d+$/.test(url));
      if (isGuest && Atomics.load(state, 0) === beats) {
        session.post("Runtime.evaluate", { expression: 'globalThis[Symbol.for("micro.dev.clearAsyncIds")]()' });
        session.post("Runtime.terminateExecution");
        parentPort?.postMessage({ places, forMs });
      }
      session.post("Debugger.resume", end);
    });
    session.post("Debugger.enable");
    session.post("Debugger.pause");
  }
}

const clearAsyncIds = Symbol.for("micro.dev.clearAsyncIds");

/** Finds the function that clears the stack of async ids, and puts it where the watchdog can call it. */
function canBreakOff(): boolean {
  const { emitWarning } = process;
  try {
    // It is deprecated, and users cannot do anything about a line that says so.
    process.emitWarning = () => {};
    const { binding } = process as unknown as { binding(name: string): { clearAsyncIdStack?: () => void } };
    const { clearAsyncIdStack } = binding.call(process, "async_wrap");
    if (typeof clearAsyncIdStack !== "function") return false;
    Object.defineProperty(globalThis, clearAsyncIds, { value: clearAsyncIdStack, configurable: true });
    return true;
  } catch {
    return false;
  } finally {
    process.emitWarning = emitWarning;
  }
}
