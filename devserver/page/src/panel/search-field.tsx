import type { Signal } from "@preact/signals";

/** A field that filters what stands below it. */
export function SearchField({
  text,
  what,
  hint = "Filter",
}: {
  readonly text: Signal<string>;
  readonly what: string;
  readonly hint?: string;
}) {
  return (
    <input
      type="search"
      class="field grow"
      aria-label={`Filter ${what}`}
      placeholder={hint}
      title={hint}
      value={text.value}
      onInput={(event) => (text.value = event.currentTarget.value)}
    />
  );
}
