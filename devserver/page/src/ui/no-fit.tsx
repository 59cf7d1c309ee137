import type { Signal } from "@preact/signals";
import { Blank } from "./blank.tsx";

/** What stands where a filter leaves nothing. */
export function NoFit({ filter }: { readonly filter: Signal<string> }) {
  return (
    <Blank title="Nothing fits the filter">
      <button type="button" class="link" onClick={() => (filter.value = "")}>
        Clear the filter
      </button>
    </Blank>
  );
}
