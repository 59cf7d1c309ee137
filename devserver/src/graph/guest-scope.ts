import { EventEmitter } from "node:events";
import * as timers from "node:timers";
import * as promises from "node:timers/promises";
import { promisify } from "node:util";
import type { Leak } from "../events.ts";
import { type ConsoleWrite, guestConsole } from "./guest-console.ts";
import type { Scoped } from "./module-code.ts";
import { type ListenerScope, scopeProcess } from "./scoped-process.ts";
import { scopeServers } from "./scoped-servers.ts";
import { placesOf } from "./stack-traces.ts";

/** What a scope tells of. */
export interface ScopeOptions {
  /** Writes a file as messages show it. */
  readonly display: (file: string) => string;
  /** Whether a file belongs to the guest, so that a leak is named by the guest's own line. */
  readonly isOwn: (file: string) => boolean;
  /** `process.exit()` was called. */
  readonly onExit: (error: Error) => void;
  /** Takes what the guest writes to its console; without it the console is that of the process. */
  readonly onConsole?: ConsoleWrite;
}

/**
 * What a version of a service's code takes from the process: its timers, listeners of `process` and servers, so that they
 * end with it, and its console, so that what it writes is known to be its own. Where an interval, a listener or a server is still there at the end, its maker is named.
 */
export class GuestScope {
  readonly names: Scoped;
  private readonly options: ScopeOptions;
  private readonly pending = new Set<NodeJS.Timeout | NodeJS.Immediate>();
  private readonly lasting = new Map<object, Lasting>();
  private readonly overrides: ReadonlyMap<string, object>;
  private ended = false;

  constructor(options: ScopeOptions) {
    this.options = options;
    const lasting: ListenerScope = {
      keep: (key, what, end, made) => this.keep(key, what, end, made),
      drop: (key) => void this.lasting.delete(key),
    };
    const scopedTimers = this.createTimers();
    const { onConsole, onExit } = options;
    const scopedProcess = scopeProcess(lasting, onExit);
    const scopedConsole = onConsole === undefined ? console : guestConsole(onConsole);
    this.names = { ...scopedTimers, process: scopedProcess, console: scopedConsole };
    this.overrides = new Map<string, object>([
      ["process", processModule(scopedProcess)],
      ["console", moduleOf(console, scopedConsole)],
      ["timers", moduleOf(timers, scopedTimers)],
      ["timers/promises", moduleOf(promises, { setInterval: this.createTicks() })],
      ...scopeServers(lasting),
    ]);
  }

  /** What a guest gets for a built-in module, where it is not the module itself. */
  override(specifier: string): object | undefined {
    return this.overrides.get(specifier.startsWith("node:") ? specifier.slice(5) : specifier);
  }

  /** Ends what is left. Timers that are made later do not run. */
  dispose(): readonly Leak[] {
    this.ended = true;
    for (const timer of this.pending) clear(timer);
    this.pending.clear();
    const leaks = [...this.lasting.values()].map(({ what, made }) => ({ what, where: this.whereIs(made) }));
    for (const { end } of this.lasting.values()) end();
    this.lasting.clear();
    return leaks;
  }

  private keep(key: object, what: Leak["what"], end: () => void, made: Error = new Error(what)): void {
    if (this.ended) end();
    // The stack is only written out when somebody asks for it.
    else this.lasting.set(key, { what, end, made });
  }

  private whereIs(made: Error): string {
    const place = placesOf(made).find(({ file }) => this.options.isOwn(file));
    return place === undefined ? "unknown" : `${this.options.display(place.file)}:${place.line}`;
  }

  private createTimers(): Omit<Scoped, "process" | "console"> {
    const once = <Timer extends NodeJS.Timeout | NodeJS.Immediate>(
      make: (run: () => void) => Timer,
      callback: (...args: unknown[]) => void,
      args: unknown[],
    ): Timer => {
      const timer = make(() => {
        this.pending.delete(timer);
        callback(...args);
      });
      if (this.ended) clear(timer);
      else this.pending.add(timer);
      return timer;
    };
    const scoped = {
      setTimeout: (callback: () => void, ms?: number, ...args: unknown[]) => {
        checkCallback(callback);
        return once((run) => setTimeout(run, ms), callback, args);
      },
      setImmediate: (callback: () => void, ...args: unknown[]) => {
        checkCallback(callback);
        return once((run) => setImmediate(run), callback, args);
      },
      setInterval: (callback: () => void, ms?: number, ...args: unknown[]) => {
        const timer = setInterval(() => (callback as (...given: unknown[]) => void)(...args), ms);
        this.keep(timer, "interval", () => clearInterval(timer));
        return timer;
      },
    };
    const end = (timer: unknown) => {
      // `clearTimeout` ends intervals too, and either takes the number that a timer turns into.
      const found = typeof timer === "object" && timer !== null ? timer : this.findTimer(timer);
      if (found === undefined) return;
      this.lasting.delete(found);
      this.pending.delete(found as NodeJS.Timeout);
      clear(found as NodeJS.Timeout);
    };
    Object.defineProperty(scoped.setTimeout, promisify.custom, { value: promisify(setTimeout) });
    Object.defineProperty(scoped.setImmediate, promisify.custom, { value: promisify(setImmediate) });
    return { ...scoped, clearTimeout: end, clearInterval: end, clearImmediate: end };
  }

  /** `setInterval` of `node:timers/promises`: the loop over it ends with the scope. */
  private createTicks() {
    const keep = (ending: AbortController) => this.keep(ending, "interval", () => ending.abort());
    const drop = (ending: AbortController) => void this.lasting.delete(ending);
    return (ms?: number, value?: unknown, options: { ref?: boolean; signal?: AbortSignal } = {}) => {
      const ending = new AbortController();
      keep(ending);
      const signal = options.signal === undefined ? ending.signal : AbortSignal.any([options.signal, ending.signal]);
      const ticks = promises.setInterval(ms, value, { ...options, signal });
      return untilEnded(ticks, ending, () => drop(ending));
    };
  }

  private findTimer(id: unknown): object | undefined {
    if (id === undefined || id === null) return undefined;
    return [...this.pending, ...this.lasting.keys()].find(
      (timer) => Symbol.toPrimitive in timer && Number(timer) === Number(id),
    );
  }
}

/** Something that stays until it is ended. */
interface Lasting {
  readonly what: Leak["what"];
  readonly end: () => void;
  readonly made: Error;
}

async function* untilEnded(ticks: AsyncIterable<unknown>, { signal }: AbortController, drop: () => void) {
  try {
    yield* ticks;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    drop();
  }
}

function clear(timer: NodeJS.Timeout | NodeJS.Immediate): void {
  if ("_onImmediate" in timer) clearImmediate(timer as NodeJS.Immediate);
  else clearTimeout(timer as NodeJS.Timeout);
}

function checkCallback(callback: unknown): void {
  if (typeof callback === "function") return;
  const error: NodeJS.ErrnoException = new TypeError('The "callback" argument must be of type function');
  error.code = "ERR_INVALID_ARG_TYPE";
  throw error;
}

/** The module `node:process`, whose named exports are the members of the process that the guest has. */
function processModule(scoped: NodeJS.Process): object {
  const module = Object.defineProperty({ default: scoped }, "__esModule", { value: true });
  for (const name of new Set([...Object.keys(process), ...Object.keys(EventEmitter.prototype)])) {
    Object.defineProperty(module, name, { enumerable: true, get: () => Reflect.get(scoped, name) });
  }
  return module;
}

/** A built-in module with other members, as compiled imports read it. */
function moduleOf(module: object, members: object): object {
  const own = { ...module, ...members };
  return Object.defineProperty({ default: own, ...own }, "__esModule", { value: true });
}
