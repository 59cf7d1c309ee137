import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Connection } from "./live/connection.ts";
import type { LiveState } from "./live/live-state.ts";
import type { Place } from "./place.ts";
import type { Past } from "./timeline/past.ts";

/** What all parts of the page work on. */
export interface Page {
  readonly state: LiveState;
  readonly connection: Connection;
  readonly place: Place;
  readonly past: Past;
}

const PageContext = createContext<Page | undefined>(undefined);

/** Gives the page to all parts below. */
export const PageProvider = PageContext.Provider;

/** The page that a part stands in. */
export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === undefined) throw new Error("a part of the page stands outside of it");
  return page;
}
