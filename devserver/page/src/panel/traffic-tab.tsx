import { kindTexts } from "../calls/kind-texts.ts";
import { usePage } from "../page-context.ts";
import { WindowPicker } from "../tables/window-picker.tsx";
import { Blank } from "../ui/blank.tsx";
import { FigureCells, figureHeads } from "../ui/figure-cells.tsx";
import { countText } from "../ui/format.ts";
import { PastNote } from "../ui/past-note.tsx";
import { ServiceLink } from "./service-link.tsx";
import { type TrafficRow, trafficOf } from "./traffic-rows.ts";

/** How fast, how often failing and how long: what comes into a service and goes out of it. */
export function TrafficTab({ name }: { readonly name: string }) {
  const { state, place } = usePage();
  const rows = trafficOf(name, state.edges.value.values(), place.window.value);
  if (rows.length === 0) {
    return <Blank title="No traffic yet">Call it from the form under Endpoints.</Blank>;
  }
  return (
    <>
      <div class="tools">
        <WindowPicker />
      </div>
      <PastNote />
      <TrafficTable title="In, from" rows={rows.filter(({ isIn }) => isIn)} />
      <TrafficTable title="Out, to" rows={rows.filter(({ isIn }) => !isIn)} />
    </>
  );
}

function TrafficTable({ title, rows }: { readonly title: string; readonly rows: readonly TrafficRow[] }) {
  if (rows.length === 0) return null;
  return (
    <table class="figures">
      <thead>
        <tr>
          {[title, ...figureHeads, "all"].map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ id, kind, peer, method, figures, calls, errors }) => (
          <tr key={id}>
            <th scope="row">
              <bdi>{method || kindTexts[kind]}</bdi>
              <div class="small">
                <ServiceLink name={peer} />
              </div>
            </th>
            <FigureCells figures={figures} />
            <td title={`${calls} in all, ${errors} failed`}>{countText(calls)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
