import type { Leak } from "../events.ts";

/** Keeps what lasts beyond a call until it is dropped or the scope ends. */
export interface ListenerScope {
  /** @param made where it was made, if not here */
  keep(key: object, what: Leak["what"], end: () => void, made?: Error): void;
  drop(key: object): void;
}

/** Thrown where a guest calls `process.exit()`: in `micro dev` a service does not end the others. */
class ProcessExit extends Error {
  constructor(code: unknown) {
    super(`process.exit(${code === undefined ? "" : String(code)}) was called; micro dev goes on and the call fails`);
    this.name = "ProcessExit";
  }
}

type Listener = (...args: unknown[]) => void;
type Target = Readonly<Record<string, (event: string | symbol, listener: Listener) => unknown>>;

const adders = ["on", "addListener", "once", "prependListener", "prependOnceListener"];
const removers = ["off", "removeListener"];

/** `process` as a guest sees it: its listeners end with the guest, and it cannot end the process. */
export function scopeProcess(scope: ListenerScope, onExit: (error: Error) => void): NodeJS.Process {
  const keys = new Map<Listener, Map<string | symbol, object>>();
  const members = new Map<string | symbol, unknown>();
  const forget = (event: string | symbol, listener: Listener) => {
    const key = keys.get(listener)?.get(event);
    if (key === undefined) return;
    keys.get(listener)?.delete(event);
    scope.drop(key);
  };
  for (const name of adders) {
    members.set(name, (event: string | symbol, listener: Listener) => {
      const isOnce = name.toLowerCase().includes("once");
      const key = {};
      // Added for good and taken away at its first event: so what `process.off` looks for is the listener itself.
      const added: Listener = !isOnce
        ? listener
        : (...args) => {
            process.removeListener(event as string, added);
            forget(event, listener);
            listener.apply(proxy, args);
          };
      if (isOnce) Object.assign(added, { listener });
      (process as unknown as Target)[name.startsWith("prepend") ? "prependListener" : "on"]?.(event, added);
      const events = keys.get(listener) ?? new Map<string | symbol, object>();
      keys.set(listener, events.set(event, key));
      scope.keep(key, "listener", () => process.removeListener(event as string, added));
      return proxy;
    });
  }
  for (const name of removers) {
    members.set(name, (event: string | symbol, listener: Listener) => {
      forget(event, listener);
      process.removeListener(event as string, listener);
      return proxy;
    });
  }
  for (const name of ["exit", "reallyExit", "abort"]) {
    members.set(name, (code: unknown) => {
      const error = new ProcessExit(code);
      onExit(error);
      throw error;
    });
  }
  const proxy: NodeJS.Process = new Proxy(process, {
    get(target, name) {
      if (members.has(name)) return members.get(name);
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function" || isClass(value)) return value;
      // Bound once, so that it is equal to itself; `hrtime` has a member `bigint`.
      const bound = Object.assign(value.bind(target), value) as unknown;
      members.set(name, bound);
      return bound;
    },
    set: (target, name, value) => {
      members.delete(name);
      return Reflect.set(target, name, value, target);
    },
  });
  return proxy;
}

function isClass(value: object): boolean {
  return String(value).startsWith("class");
}
