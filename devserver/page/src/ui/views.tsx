import { usePage } from "../page-context.ts";
import { type ViewName, views } from "../place.ts";

interface Count {
  readonly text: string;
  readonly isBad: boolean;
}

/** The views of the page, and how much there is in them. */
export function Views() {
  const { place } = usePage();
  const counts = useCounts();
  return (
    <nav class="views" aria-label="Views">
      <ul>
        {views.map((view) => (
          <li key={view}>
            <a
              href={`#/${view}`}
              aria-current={place.view.value === view ? "page" : undefined}
              onClick={(event) => {
                // The address alone would close what is open beside the view.
                if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                event.preventDefault();
                place.go({ view });
              }}
            >
              {view}
              <CountMark count={counts[view]} />
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function CountMark({ count }: { readonly count: Count | undefined }) {
  return count === undefined ? null : <span class={count.isBad ? "badge bad" : "badge"}>{count.text}</span>;
}

function useCounts(): Partial<Record<ViewName, Count>> {
  const { state } = usePage();
  if (!state.isFilled.value) return {};
  const services = state.services.value;
  const instances = [...services.values()].flatMap(({ nodes }) => nodes).filter(({ health }) => health === "up");
  const failing = state.project.value.filter(({ failure }) => failure !== undefined).length;
  return {
    services: { text: String(services.size), isBad: false },
    instances: { text: String(instances.length), isBad: false },
    ...(failing > 0 && { events: { text: `${failing} failing`, isBad: true } }),
  };
}
