import type { ConnectionStatus } from "../live/connection.ts";
import { usePage } from "../page-context.ts";
import { Icon } from "./icons.tsx";
import { ReloadButton } from "./reload-button.tsx";
import { ThemeSwitch } from "./theme-switch.tsx";
import { Views } from "./views.tsx";

const statusTexts: Readonly<Record<ConnectionStatus, string>> = {
  connecting: "Connecting …",
  open: "Live",
  lost: "Not connected",
  "no-token": "No token",
};

/** The name of the page, its views, how it stands with the server, and what concerns all of it. */
export function Header({ onHelp }: { readonly onHelp: () => void }) {
  const { connection } = usePage();
  const status = connection.status.value;
  return (
    <header class="top">
      <h1>
        <Icon name="logo" size={18} />
        micro dev
      </h1>
      <Views />
      <span class="space" />
      <p role="status" class={`connection ${status}`}>
        {statusTexts[status]}
      </p>
      <div class="actions">
        <ReloadButton />
        <ThemeSwitch />
        <button type="button" class="button quiet icon" aria-label="Keys and help" title="Keys (?)" onClick={onHelp}>
          <Icon name="help" />
        </button>
      </div>
    </header>
  );
}
