import { type ReadonlySignal, signal } from "@preact/signals";

const query = matchMedia("(max-width: 720px)");
const matches = signal(query.matches);
query.addEventListener("change", () => {
  matches.value = query.matches;
});

/** Whether the page is as narrow as a phone, where what opens covers the rest. */
export const isNarrow: ReadonlySignal<boolean> = matches;
