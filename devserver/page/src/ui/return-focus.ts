import { useLayoutEffect, useRef } from "preact/hooks";

/** Gives the focus back to where it was when what opened beside the view closes, unless it is somewhere else by then. */
export function useReturnFocus(isOpen: boolean): void {
  const from = useRef<Element | null>(null);
  const wasOpen = useRef(false);
  // While rendering: the parts that open take the focus when they are there.
  if (isOpen && !wasOpen.current) from.current = document.activeElement;
  useLayoutEffect(() => {
    const hasClosed = wasOpen.current && !isOpen;
    wasOpen.current = isOpen;
    if (!hasClosed || (document.activeElement !== document.body && document.activeElement !== null)) return;
    const back = from.current?.isConnected === true && from.current !== document.body ? from.current : mainPart();
    if (back instanceof HTMLElement || back instanceof SVGElement) back.focus();
  }, [isOpen]);
}

function mainPart(): Element | null {
  return document.querySelector("main");
}
