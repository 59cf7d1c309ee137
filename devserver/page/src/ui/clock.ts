import { type Signal, signal } from "@preact/signals";

/** The time, to the second, for what says how long ago something was. */
export const clock: Signal<number> = signal(Date.now());

/** Lets it go. */
export function startClock(): void {
  setInterval(() => {
    clock.value = Date.now();
  }, 1000);
}
