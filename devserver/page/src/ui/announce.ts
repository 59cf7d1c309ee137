import { effect } from "@preact/signals";
import type { LiveState } from "../live/live-state.ts";
import { announcementOf } from "./announcement.ts";

// Who listens must be able to do something else too.
const pauseMs = 5000;

/**
 * Says what happens from now on; what comes within five seconds is said together.
 *
 * @returns what ends it
 */
export function announce(state: LiveState, speak: (text: string) => void): () => void {
  let told: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = (): void => {
    timer = undefined;
    const events = state.events.peek();
    const from = told ?? 0;
    told = events.at(-1)?.number ?? from;
    const text = announcementOf(events.filter(({ number }) => number > from));
    if (text === undefined) return;
    speak(text);
    timer = setTimeout(tell, pauseMs);
  };
  const stop = effect(() => {
    const last = state.events.value.at(-1)?.number ?? 0;
    if (!state.isFilled.value) return;
    // What was there at first is no news; numbers that went back are those of another start.
    if (told === undefined || last < told) told = last;
    else if (last > told && timer === undefined) tell();
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}
