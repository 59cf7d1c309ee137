import { useSignal } from "@preact/signals";
import { usePage } from "../page-context.ts";
import { Problem } from "../panel/problem.tsx";
import { Icon } from "./icons.tsx";
import { say } from "./spoken.ts";

/** Builds and swaps a service, or all of them. */
export function ReloadButton({ service }: { readonly service?: string }) {
  const { connection } = usePage();
  const isBusy = useSignal(false);
  const problem = useSignal("");
  const isAll = service === undefined;
  const reload = async (): Promise<void> => {
    isBusy.value = true;
    problem.value = "";
    await connection.ask({ type: "reload", ...(!isAll && { service }) }).then(
      () => say(isAll ? "All services were built again" : `${service} was built again`),
      (error: Error) => (problem.value = `Not reloaded: ${error.message}`),
    );
    isBusy.value = false;
  };
  return (
    <>
      <Problem text={problem.value} />
      <button
        type="button"
        class={isBusy.value ? "button quiet busy" : "button quiet"}
        title="Build and swap, whether or not something changed"
        aria-label={isAll ? "Reload all services" : "Reload"}
        disabled={isBusy.value || connection.status.value !== "open"}
        onClick={() => void reload()}
      >
        <Icon name="reload" />
        <span>{isAll ? "Reload all" : "Reload"}</span>
      </button>
    </>
  );
}
