import type { DevService } from "../../../src/dev-host.ts";
import type { ServiceView } from "../../../src/hub/protocol.ts";
import { type Field, fieldOfGoShape, fieldOfShape } from "../forms/field.ts";

/** What can be called of a service. */
export interface ListedMethod {
  readonly name: string;
  /** `stream` where the registry says no more than that. */
  readonly kind: "unary" | "serverStream" | "clientStream" | "bidi" | "stream";
  readonly idempotent: boolean;
  readonly input: Field;
  /** What it answers; `undefined` where nobody says. */
  readonly output: Field | undefined;
}

/** A topic that a service takes messages of. */
export interface ListedTopic {
  readonly subscriber: string;
  readonly topic: string;
}

/** How a kind is called. */
export const kindTexts: Readonly<Record<ListedMethod["kind"], string>> = {
  unary: "→ call",
  serverStream: "⇊ stream of answers",
  clientStream: "⇈ stream of requests",
  bidi: "⇅ stream both ways",
  stream: "⇅ stream",
};

/** The methods of a service: of this project as their code has them, of others as the registry does. */
export function methodsOf(own: DevService | undefined, seen: ServiceView | undefined): readonly ListedMethod[] {
  const byName = new Map<string, ListedMethod>();
  for (const { name, metadata, request, response } of seen?.endpoints ?? []) {
    // Versions have endpoints of the same names, and debug endpoints are those of every service.
    if (metadata.subscriber === "true" || byName.has(name)) continue;
    const kind = metadata.stream === "true" ? "stream" : "unary";
    const output = response === null ? undefined : fieldOfGoShape(response);
    byName.set(name, {
      name,
      kind,
      idempotent: metadata.idempotent === "true",
      input: fieldOfGoShape(request),
      output,
    });
  }
  for (const { name, kind, idempotent, input } of own?.methods ?? []) {
    byName.set(name, { name, kind, idempotent, input: fieldOfShape(input), output: byName.get(name)?.output });
  }
  return [...byName.values()];
}

/** The topics of a service. */
export function topicsOf(seen: ServiceView | undefined): readonly ListedTopic[] {
  const topics = new Map<string, ListedTopic>();
  for (const { name, metadata } of seen?.endpoints ?? []) {
    if (metadata.subscriber !== "true") continue;
    const topic = metadata.topic ?? "";
    topics.set(`${name}\n${topic}`, { subscriber: name, topic });
  }
  return [...topics.values()];
}
