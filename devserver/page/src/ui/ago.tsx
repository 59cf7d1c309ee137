import { usePage } from "../page-context.ts";
import { clock } from "./clock.ts";
import { agoText, timeText } from "./format.ts";

/** How long ago something was; `at` is on the server's clock. */
export function Ago({ at }: { readonly at: number }) {
  const { state } = usePage();
  const here = at - state.aheadMs.value;
  return (
    <time dateTime={new Date(here).toISOString()} title={timeText(here)}>
      {agoText(clock.value - here)}
    </time>
  );
}
