import { usePage } from "../page-context.ts";
import { ReloadButton } from "../ui/reload-button.tsx";
import { ServiceName } from "../ui/service-name.tsx";
import { CloseButton } from "./close-button.tsx";
import { EditButton } from "./edit-button.tsx";
import { healthOf } from "./health.ts";

/** What a service is: its name, how it is, what runs of it, and where its code is. */
export function ServiceHead({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const { state } = usePage();
  const own = state.own.value.get(name);
  const seen = state.services.value.get(name);
  const health = healthOf(own, seen);
  const versions = seen?.versions ?? (own === undefined ? [] : [own.version]);
  return (
    <header class="side-head">
      <div class="line">
        <h2 tabIndex={-1} class="grow">
          <ServiceName name={name} />
        </h2>
        {own === undefined ? null : <ReloadButton service={name} />}
        <CloseButton onClick={onClose} />
      </div>
      <div class="line">
        <span class={`badge ${health.kind}`}>{health.text}</span>
        {versions.slice(0, 8).map((version) => (
          <span key={version} class="badge">
            {version}
          </span>
        ))}
        {own === undefined ? (
          <span class="soft">{seen === undefined ? "nobody announces it" : "runs elsewhere"}</span>
        ) : (
          <>
            <span class="badge" title="How often its code was swapped">
              revision {own.revision}
            </span>
            {own.draining.slice(0, 5).map(({ revision, inFlight }) => (
              <span key={revision} class="badge swap" title="Replaced code that finishes its calls">
                ⤵ revision {revision} drains, {inFlight} in flight
              </span>
            ))}
            <EditButton file={own.file} />
          </>
        )}
      </div>
      {own?.isolated === undefined ? null : (
        <p class="message soft">
          <b>In a worker:</b> {own.isolated}
        </p>
      )}
    </header>
  );
}
