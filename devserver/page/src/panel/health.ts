import type { DevService } from "../../../src/dev-host.ts";
import type { ServiceView } from "../../../src/hub/protocol.ts";

/** How a service is, in a word and a sign. */
export interface Health {
  readonly kind: "good" | "warn" | "bad";
  readonly text: string;
}

/** How a service is: by what this process says of its own, and by what the registry says. */
export function healthOf(own: DevService | undefined, seen: ServiceView | undefined): Health {
  if (own?.failure !== undefined) return { kind: "bad", text: "✕ failing" };
  if (seen === undefined)
    return own === undefined ? { kind: "warn", text: "◌ unknown" } : { kind: "warn", text: "◌ not served" };
  return seen.health === "down" ? { kind: "bad", text: "✕ down" } : { kind: "good", text: "● up" };
}
