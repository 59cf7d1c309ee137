import type { DevEvent, DevEvents } from "../events.ts";
import { findTypeScript } from "./find-typescript.ts";
import { TypeChecker } from "./type-checker.ts";

/** What a new outcome follows: code that answers now, or a config that it is served with. */
const causes: ReadonlySet<DevEvent["type"]> = new Set(["swapped", "started", "removed", "restarted"]);

/**
 * Checks the types of a project in the background, whenever its code has changed, and tells of the outcome as an event.
 *
 * @param root the folder of the config
 * @param say told once why types are not checked, where they are not
 * @returns what ends it
 */
export function watchTypes(root: string, events: DevEvents, say: (text: string) => void): () => void {
  const project = findTypeScript(root);
  if (typeof project === "string") {
    say(`types are not checked: ${project}`);
    return () => {};
  }
  let said: string | undefined;
  const checker = new TypeChecker({
    project,
    onResult: (problems, ms) => events.emit({ type: "types", problems, ms }),
    onFailure: (message) => {
      if (message !== said) say(`types are not checked: ${message}`);
      said = message;
    },
  });
  const stopListening = events.on(({ type }) => {
    if (causes.has(type)) checker.schedule();
  });
  checker.schedule();
  return () => {
    stopListening();
    checker.close();
  };
}
