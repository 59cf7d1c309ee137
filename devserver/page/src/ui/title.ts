import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { usePage } from "../page-context.ts";

/** Lets the title of the document tell how much fails, for who has the page in another tab. */
export function useTitle(): void {
  const { state, connection } = usePage();
  useEffect(
    () =>
      effect(() => {
        const failing = state.project.value.filter(({ failure }) => failure !== undefined).length;
        const isLost = connection.status.value === "lost";
        document.title = `${failing > 0 ? `(${failing} failing) ` : ""}micro dev${isLost ? " – not connected" : ""}`;
      }),
    [state, connection],
  );
}
