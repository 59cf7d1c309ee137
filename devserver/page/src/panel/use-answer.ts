import { useEffect, useState } from "preact/hooks";
import type { Connection } from "../live/connection.ts";
import { usePage } from "../page-context.ts";

/** What was asked for: neither, while it is on its way. */
export interface Answer<Value> {
  readonly value?: Value;
  /** Why there is none. */
  readonly error?: string;
}

/** Asks once for each key, and again when the connection was lost and has come back. */
export function useAnswer<Value>(request: Parameters<Connection["ask"]>[0], key: string): Answer<Value> {
  const { connection } = usePage();
  const [answer, setAnswer] = useState<Answer<Value>>({});
  const isOpen = connection.status.value === "open";
  // The key stands for the request, which is made anew each time.
  useEffect(() => {
    if (!isOpen) return undefined;
    let isCurrent = true;
    connection.ask<Value>(request).then(
      (value) => isCurrent && setAnswer({ value }),
      (error: Error) => isCurrent && setAnswer({ error: error.message }),
    );
    return () => {
      isCurrent = false;
    };
  }, [connection, key, isOpen]);
  return answer;
}
