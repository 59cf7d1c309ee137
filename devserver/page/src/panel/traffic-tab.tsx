import { usePage } from "../page-context.ts";
import { WindowPicker } from "../tables/window-picker.tsx";
import { Blank } from "../ui/blank.tsx";
import { countText, msText, rateText, shareText } from "../ui/format.ts";
import { ServiceName } from "../ui/service-name.tsx";
import { type TrafficRow, trafficOf } from "./traffic-rows.ts";

/** How fast, how often failing and how long: what comes into a service and goes out of it. */
export function TrafficTab({ name }: { readonly name: string }) {
  const { state, place } = usePage();
  const rows = trafficOf(name, state.edges.value.values(), place.window.value);
  if (rows.length === 0) {
    return (
      <Blank title="No traffic yet">
        Nobody called it, and it called nobody, since this page is served. Call it from the form under Endpoints.
      </Blank>
    );
  }
  return (
    <>
      <div class="tools">
        <WindowPicker />
      </div>
      <TrafficTable title="In" who="From" rows={rows.filter(({ isIn }) => isIn)} />
      <TrafficTable title="Out" who="To" rows={rows.filter(({ isIn }) => !isIn)} />
    </>
  );
}

function TrafficTable({
  title,
  who,
  rows,
}: {
  readonly title: string;
  readonly who: string;
  readonly rows: readonly TrafficRow[];
}) {
  if (rows.length === 0) return null;
  return (
    <table class="figures">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">{who}</th>
          <th scope="col">per s</th>
          <th scope="col">errors</th>
          <th scope="col">p50</th>
          <th scope="col">p95</th>
          <th scope="col">all</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={`${row.id} ${title}`} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row: { kind, peer, method, figures, calls, errors } }: { readonly row: TrafficRow }) {
  const { state, place } = usePage();
  const { rate, errorRate, p50Ms, p95Ms } = figures;
  const isKnown = state.services.value.has(peer) || state.own.value.has(peer);
  return (
    <tr>
      <th scope="row">
        <bdi class="method-name">{kind === "call" ? method : kind === "publish" ? "publishes" : "takes"}</bdi>{" "}
        {isKnown ? (
          <button type="button" class="link peer" onClick={() => place.go({ service: peer, call: undefined })}>
            <ServiceName name={peer} />
          </button>
        ) : (
          <bdi class="soft peer">{peer}</bdi>
        )}
      </th>
      <td>{rateText(rate)}</td>
      <td class={errorRate > 0 ? "bad" : undefined}>
        {errorRate > 0 ? "▲ " : ""}
        {rate === 0 ? "–" : shareText(errorRate / rate)}
      </td>
      <td>{msText(p50Ms)}</td>
      <td>{msText(p95Ms)}</td>
      <td title={`${calls} in all, ${errors} failed`}>{countText(calls)}</td>
    </tr>
  );
}
