import { CallView } from "./calls/call-view.tsx";
import { Calls } from "./calls/calls.tsx";
import { Graph } from "./graph/graph.tsx";
import { usePage } from "./page-context.ts";
import { FailureOverlay } from "./panel/failure-overlay.tsx";
import { ServicePanel } from "./panel/service-panel.tsx";
import { type ViewName, views } from "./place.ts";
import { Events } from "./tables/events.tsx";
import { Instances } from "./tables/instances.tsx";
import { Services } from "./tables/services.tsx";
import { Traffic } from "./tables/traffic.tsx";
import { Timeline } from "./timeline/timeline.tsx";
import { Header } from "./ui/header.tsx";

/** The whole page: a header, one view, the timeline below it, and beside it what is looked at closely. */
export function App() {
  const { place } = usePage();
  const View = parts[place.view.value];
  return (
    <div class="app">
      <Header views={views} />
      <FailureOverlay />
      <div class="body">
        <main id="view" tabIndex={-1} aria-label={place.view.value}>
          <View />
        </main>
        {place.call.value !== undefined ? <CallView id={place.call.value} /> : null}
        {place.call.value === undefined && place.service.value !== undefined ? (
          <ServicePanel name={place.service.value} key={place.service.value} />
        ) : null}
      </div>
      <Timeline />
    </div>
  );
}

const parts: Readonly<Record<ViewName, () => preact.JSX.Element>> = {
  graph: Graph,
  services: Services,
  instances: Instances,
  traffic: Traffic,
  calls: Calls,
  events: Events,
};
