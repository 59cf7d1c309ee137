import type { ComponentChildren } from "preact";

/** A form that Ctrl or Cmd with Enter sends from any of its fields. */
export function SendForm({
  label,
  onSend,
  children,
}: {
  readonly label: string;
  readonly onSend: () => void;
  readonly children: ComponentChildren;
}) {
  const send = (event: Event): void => {
    event.preventDefault();
    onSend();
  };
  return (
    // From whatever field has the focus.
    <form
      class="call-form"
      aria-label={label}
      onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && send(event)}
      onSubmit={send}
    >
      {children}
    </form>
  );
}

/** What sends it. */
export function SendButton({ label, isReady }: { readonly label: string; readonly isReady: boolean }) {
  return (
    <button type="submit" class="button primary" disabled={!isReady}>
      {label} <kbd>{/Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl"} ⏎</kbd>
    </button>
  );
}
