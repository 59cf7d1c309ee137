import { usePage } from "../page-context.ts";

/** Says that what is shown is old, and what to do. What was never connected says so in the place of the view. */
export function ConnectionBanner() {
  const { connection, state } = usePage();
  if (connection.status.value !== "lost" || !state.isFilled.value) return null;
  return (
    <div class="banner">
      <strong>The connection is lost.</strong>
      <span>
        What you see is how it was. Trying again every two seconds; if micro dev was started anew, open the address that
        it prints.
      </span>
    </div>
  );
}
