import { usePage } from "../page-context.ts";
import { timeText } from "./format.ts";

/** Says that a table is of now while the graph shows the past. */
export function PastNote() {
  const { place, state } = usePage();
  const at = place.at.value;
  if (at === undefined) return null;
  return (
    <p class="past-note">
      <span>The graph is at {timeText(at - state.aheadMs.value)}. This table is of now.</span>
      <button type="button" class="link" onClick={() => (place.at.value = undefined)}>
        Back to now
      </button>
    </p>
  );
}
