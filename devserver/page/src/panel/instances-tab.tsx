import { useSignal } from "@preact/signals";
import { usePage } from "../page-context.ts";
import { Ago } from "../ui/ago.tsx";
import { Blank } from "../ui/blank.tsx";
import { MoreButton } from "./more-button.tsx";
import { Pairs } from "./pairs.tsx";

const step = 50;

/** The instances of a service, the youngest first. */
export function InstancesTab({ name }: { readonly name: string }) {
  const { state } = usePage();
  const limit = useSignal(step);
  const nodes = [...(state.services.value.get(name)?.nodes ?? [])].sort((one, other) => other.since - one.since);
  if (nodes.length === 0) {
    return <Blank title="No instance runs">Start one, or mend what keeps it from starting.</Blank>;
  }
  return (
    <>
      <ul>
        {nodes.slice(0, limit.value).map(({ id, address, version, health, since, metadata }) => (
          <li key={id} class="block">
            <div class="line">
              <span class={health === "up" ? "badge good" : "badge warn"}>{health === "up" ? "● up" : "◌ left"}</span>
              <bdi class="mono grow">{address}</bdi>
              <span class="badge">{version}</span>
              <span class="soft">
                since <Ago at={since} />
              </span>
            </div>
            <details>
              <summary class="soft small">
                <bdi class="mono">{id}</bdi>
              </summary>
              <Pairs values={metadata} none="It says nothing of itself." />
            </details>
          </li>
        ))}
      </ul>
      <MoreButton limit={limit} of={nodes.length} step={step} />
    </>
  );
}
