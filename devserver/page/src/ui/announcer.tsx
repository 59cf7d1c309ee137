import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { LiveState } from "../live/live-state.ts";
import { usePage } from "../page-context.ts";
import { announcementOf } from "./announcement.ts";
import { say, spoken } from "./spoken.ts";

// Who listens must be able to do something else too.
const pauseMs = 5000;

/** Tells a screen reader of swaps and failures, at most every five seconds. */
export function Announcer() {
  const { state } = usePage();
  useEffect(() => announce(state, say), [state]);
  return (
    <div class="hidden" aria-live="polite">
      {spoken.value}
    </div>
  );
}

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
