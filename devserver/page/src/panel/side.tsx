import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** What is looked at closely, beside the view. It takes the focus when it opens; Escape closes it. */
export function Side({
  label,
  kind,
  onClose,
  children,
}: {
  readonly label: string;
  /** How it is styled. */
  readonly kind: "service" | "call";
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}) {
  const aside = useRef<HTMLElement>(null);
  useEffect(() => {
    // A part of it may have taken the focus already.
    if (aside.current?.contains(document.activeElement) !== true) aside.current?.querySelector("h2")?.focus();
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    // The first one empties a search field, as the browser has it.
    const { target } = event;
    if (target instanceof HTMLInputElement && target.type === "search" && target.value !== "") return;
    event.preventDefault();
    onClose();
  };
  return (
    // Only Escape, from whatever has the focus in it.
    <aside class={`side side-${kind}`} ref={aside} aria-label={label} onKeyDown={onKeyDown}>
      {children}
    </aside>
  );
}
