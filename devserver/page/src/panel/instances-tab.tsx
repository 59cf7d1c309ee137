import { useSignal } from "@preact/signals";
import { usePage } from "../page-context.ts";
import { Ago } from "../ui/ago.tsx";
import { Blank } from "../ui/blank.tsx";

const step = 50;

/** The instances of a service, the youngest first. */
export function InstancesTab({ name }: { readonly name: string }) {
  const { state } = usePage();
  const limit = useSignal(step);
  const nodes = [...(state.services.value.get(name)?.nodes ?? [])].sort((one, other) => other.since - one.since);
  if (nodes.length === 0) {
    return (
      <Blank title="No instance runs">
        The registry knows of none: start one, or mend what keeps it from starting.
      </Blank>
    );
  }
  return (
    <>
      <ul class="rows">
        {nodes.slice(0, limit.value).map(({ id, address, version, health, since, metadata }) => (
          <li key={id} class="instance">
            <div class="line">
              <span class={health === "up" ? "badge good" : "badge warn"}>{health === "up" ? "● up" : "◌ left"}</span>
              <bdi class="mono grow">{address}</bdi>
              <span class="badge">{version}</span>
              <span class="soft">
                since <Ago at={since} />
              </span>
            </div>
            <details>
              <summary>
                <bdi class="mono">{id}</bdi>
              </summary>
              <dl class="pairs">
                {Object.entries(metadata).map(([key, value]) => (
                  <div key={key}>
                    <dt>{key}</dt>
                    <dd>{value}</dd>
                  </div>
                ))}
              </dl>
              {Object.keys(metadata).length === 0 ? <p class="soft">It says nothing of itself.</p> : null}
            </details>
          </li>
        ))}
      </ul>
      {nodes.length > limit.value ? (
        <button type="button" class="button more" onClick={() => (limit.value += step)}>
          Show {Math.min(step, nodes.length - limit.value)} more of {nodes.length}
        </button>
      ) : null}
    </>
  );
}
