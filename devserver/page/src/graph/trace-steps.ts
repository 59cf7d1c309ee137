import type { CallSummary } from "../../../src/hub/protocol.ts";

type Step = Pick<CallSummary, "id" | "trace" | "parent" | "kind" | "caller" | "service" | "startedAt">;

/** The calls of the trace that a call belongs to, each before what it led to, and else as they began. */
export function stepsOf<Call extends Step>(calls: readonly Call[], id: string): Call[] {
  const trace = calls.find((call) => call.id === id)?.trace;
  if (trace === undefined) return [];
  const own = calls.filter((call) => call.trace === trace).sort((one, other) => one.startedAt - other.startedAt);
  const ids = new Set(own.map((call) => call.id));
  const led = new Map<string, Call[]>();
  for (const call of own) {
    const parent = call.parent !== undefined && ids.has(call.parent) ? call.parent : "";
    led.set(parent, [...(led.get(parent) ?? []), call]);
  }
  const ordered: Call[] = [];
  const seen = new Set<string>();
  const visit = (parent: string): void => {
    for (const call of led.get(parent) ?? []) {
      // Ids come from other programs: one that is its own ancestor must not keep us going round.
      if (seen.has(call.id)) continue;
      seen.add(call.id);
      ordered.push(call);
      visit(call.id);
    }
  };
  visit("");
  return [...ordered, ...own.filter((call) => !seen.has(call.id))];
}

/** `1`, `2 · 5`, `3 · 4 · …`: the places of calls in their trace. */
export function stepText(numbers: readonly number[]): string {
  return numbers.length <= 3 ? numbers.join(" · ") : `${numbers.slice(0, 2).join(" · ")} · …`;
}
