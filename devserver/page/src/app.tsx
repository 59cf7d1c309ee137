// biome-ignore-all assist/source/organizeImports: parts that are alike stand near each other in the script, which
// makes it smaller by a KB when it is sent.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Graph } from "./graph/graph.tsx";
import { Timeline } from "./timeline/timeline.tsx";
import type { Place, ViewName } from "./place.ts";
import { ServicePanel } from "./panel/service-panel.tsx";
import { Calls } from "./calls/calls.tsx";
import { FirstLoad } from "./ui/first-load.tsx";
import { usePage } from "./page-context.ts";
import { CallView } from "./calls/call-view.tsx";
import { listenForKeys } from "./ui/shortcuts.ts";
import { FailureOverlay } from "./panel/failure-overlay.tsx";
import { Announcer } from "./ui/announcer.tsx";
import { Instances } from "./tables/instances.tsx";
import { Help } from "./ui/help.tsx";
import { Traffic } from "./tables/traffic.tsx";
import { ConnectionBanner } from "./ui/connection-banner.tsx";
import { Services } from "./tables/services.tsx";
import { useNarrow } from "./ui/narrow.ts";
import { Header } from "./ui/header.tsx";
import { Events } from "./tables/events.tsx";
import { useTitle } from "./ui/title.ts";
import { useReturnFocus } from "./ui/return-focus.ts";

/** The whole page: a header, one view, the timeline below it, and beside it what is looked at closely. */
export function App() {
  const { place, state } = usePage();
  const isHelping = useSignal(false);
  const isNarrow = useNarrow();
  const isSideOpen = place.call.value !== undefined || place.service.value !== undefined;
  // On a phone what is open covers the rest, and the keyboard is not to get lost below it.
  const isCovered = isSideOpen && isNarrow.value;
  useTitle();
  useReturnFocus(isSideOpen);
  useEffect(
    () => listenForKeys(document, { place, help: () => (isHelping.value = true), search, back: () => goBack(place) }),
    [place, isHelping],
  );
  return (
    <div class="app">
      <button type="button" class="button primary skip hidden" onClick={skip}>
        Skip to the view
      </button>
      <div inert={isCovered}>
        <Header onHelp={() => (isHelping.value = true)} />
        <ConnectionBanner />
      </div>
      <FailureOverlay />
      <div class="body">
        <View isInert={isCovered} />
        <Side />
      </div>
      {state.isFilled.value ? (
        <div inert={isCovered}>
          <Timeline />
        </div>
      ) : null}
      <Help isOpen={isHelping.value} onClose={() => (isHelping.value = false)} />
      <Announcer />
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

function View({ isInert }: { readonly isInert: boolean }) {
  const { place, state, connection } = usePage();
  const name = place.view.value;
  const Part = parts[name];
  return (
    <main id="view" tabIndex={-1} aria-label={name} inert={isInert}>
      {state.isFilled.value ? <Part /> : <FirstLoad status={connection.status.value} />}
    </main>
  );
}

function Side() {
  const { place, state } = usePage();
  const [call, service] = [place.call.value, place.service.value];
  if (!state.isFilled.value) return null;
  if (call !== undefined) return <CallView id={call} key={call} />;
  return service === undefined ? null : <ServicePanel name={service} key={service} />;
}

// Not a link: the fragment of the address says where the reader is.
function skip(): void {
  document.getElementById("view")?.focus();
}

function search(): void {
  const field = document.querySelector<HTMLInputElement>("main input[type=search]");
  field?.focus();
  field?.select();
}

function goBack(place: Place): void {
  if (place.call.value !== undefined) place.go({ call: undefined });
  else if (place.service.value !== undefined) place.go({ service: undefined });
  else if (place.at.value !== undefined) place.at.value = undefined;
}
