import { useEffect } from "preact/hooks";
import { usePage } from "../page-context.ts";
import { announce } from "./announce.ts";
import { say, spoken } from "./spoken.ts";

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
