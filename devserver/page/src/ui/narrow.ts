import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

const narrow = "(max-width: 720px)";

/** Whether the page is as narrow as a phone, where what opens covers the rest. */
export function useNarrow(): Signal<boolean> {
  const isNarrow = useSignal(false);
  useEffect(() => {
    const query = matchMedia(narrow);
    const look = (): void => {
      isNarrow.value = query.matches;
    };
    look();
    query.addEventListener("change", look);
    return () => query.removeEventListener("change", look);
  }, [isNarrow]);
  return isNarrow;
}
