import type { ConnectionStatus } from "../live/connection.ts";
import { Blank } from "./blank.tsx";

/** What stands in the place of a view before anything is known. */
export function FirstLoad({ status }: { readonly status: ConnectionStatus }) {
  switch (status) {
    case "no-token":
      return (
        <Blank title="This address has no token">
          Open the address that <code>micro dev</code> prints, with all that stands behind the <code>#</code>; or press{" "}
          <kbd>o</kbd> in its terminal.
        </Blank>
      );
    case "lost":
      return (
        <Blank title="micro dev does not answer">
          Start <code>micro dev</code>, or open the address that it prints: every start has a token of its own. Trying
          again every two seconds.
        </Blank>
      );
    default:
      return <Blank title="Asking what runs …" />;
  }
}
