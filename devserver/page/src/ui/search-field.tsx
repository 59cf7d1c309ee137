import type { Signal } from "@preact/signals";

/** A field that filters what stands below it. */
export function SearchField({
  text,
  label,
  hint = "Filter",
  onEnter,
}: {
  readonly text: Signal<string>;
  readonly label: string;
  readonly hint?: string;
  readonly onEnter?: () => void;
}) {
  return (
    <input
      type="search"
      class="field grow"
      aria-label={label}
      placeholder={hint}
      title={hint}
      value={text}
      onInput={(event) => (text.value = event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Enter" && onEnter?.()}
    />
  );
}
