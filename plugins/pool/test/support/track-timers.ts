/** Counts the timers that are set from now on and neither fired nor cleared; `restore` ends the counting. */
export function trackTimers(): { readonly pending: number; readonly keepingAlive: number; restore(): void } {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const pending = new Set<NodeJS.Timeout | undefined>();
  globalThis.setTimeout = ((run: () => void, delayMs?: number) => {
    const timer = set(() => {
      pending.delete(timer);
      run();
    }, delayMs);
    pending.add(timer);
    return timer;
  }) as typeof setTimeout;
  globalThis.clearTimeout = ((timer?: NodeJS.Timeout) => {
    pending.delete(timer);
    clear(timer);
  }) as typeof clearTimeout;
  return {
    get pending() {
      return pending.size;
    },
    get keepingAlive() {
      return [...pending].filter((timer) => timer?.hasRef()).length;
    },
    restore() {
      globalThis.setTimeout = set;
      globalThis.clearTimeout = clear;
    },
  };
}
