import { usePage } from "../page-context.ts";
import type { ViewName } from "../place.ts";

const statusTexts = {
  connecting: "Connecting …",
  open: "Live",
  lost: "micro dev does not answer, or was started anew: open the address that it prints. Trying again …",
  "no-token": "This address has no token: open the one that micro dev prints.",
};

/** The name of the page, its views, and how it stands with the server. */
export function Header({ views }: { readonly views: readonly ViewName[] }) {
  const { connection, place } = usePage();
  return (
    <header class="top">
      <h1>micro dev</h1>
      <nav aria-label="Views">
        {views.map((view) => (
          <a key={view} href={`#/${view}`} aria-current={place.view.value === view ? "page" : undefined}>
            {view}
          </a>
        ))}
      </nav>
      <p role="status">{statusTexts[connection.status.value]}</p>
    </header>
  );
}
