import type { Signal } from "@preact/signals";

/** Shows more of a long list. */
export function MoreButton({
  limit,
  of,
  step,
}: {
  readonly limit: Signal<number>;
  readonly of: number;
  readonly step: number;
}) {
  const rest = of - limit.value;
  return rest <= 0 ? null : (
    <button type="button" class="button more" onClick={() => (limit.value += step)}>
      Show {Math.min(step, rest)} more of {of}
    </button>
  );
}
