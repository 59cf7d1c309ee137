import { useSignal } from "@preact/signals";
import { RequestError } from "../live/connection.ts";
import { usePage } from "../page-context.ts";
import { ReloadIcon } from "./icons.tsx";
import { say } from "./spoken.ts";

/** Builds and swaps all services. */
export function ReloadAll() {
  const { connection } = usePage();
  const isBusy = useSignal(false);
  const reload = async () => {
    isBusy.value = true;
    try {
      await connection.ask({ type: "reload" });
      say("All services were built again");
    } catch (error) {
      say(`Not reloaded: ${error instanceof RequestError ? error.message : String(error)}`);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <button
      type="button"
      class="button quiet"
      title="Build and swap all services"
      aria-label="Reload all services"
      disabled={isBusy.value || connection.status.value !== "open"}
      onClick={() => void reload()}
    >
      <ReloadIcon />
      <span class="wide-only">{isBusy.value ? "Reloading …" : "Reload all"}</span>
    </button>
  );
}
