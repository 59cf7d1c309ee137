import { usePage } from "../page-context.ts";
import { Segmented } from "../ui/segmented.tsx";

const names = ["10s", "1m", "5m"] as const;

/** Chooses the span that rates and latencies are of. */
export function WindowPicker() {
  const { place } = usePage();
  return (
    <Segmented
      label="Rates and latencies of the last"
      values={names}
      value={place.window.value}
      onChange={(window) => place.go({ window })}
    />
  );
}
