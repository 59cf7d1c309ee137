import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Keeps a list at its end while it grows, until its reader scrolls away from there. */
export function useFollow(last: number) {
  const list = useRef<HTMLOListElement>(null);
  const follows = useSignal(true);
  // A new last part is what it follows.
  useLayoutEffect(() => {
    if (follows.value) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [last, follows.value]);
  const onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = list.current as HTMLOListElement;
    follows.value = scrollHeight - scrollTop - clientHeight < 24;
  };
  // It scrolls, so the keyboard must get into it.
  return { follows, scroll: { ref: list, onScroll, tabIndex: 0 } };
}
