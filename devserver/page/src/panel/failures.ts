import type { DevService, FailureDetail } from "../../../src/dev-host.ts";
import type { NumberedEvent } from "../../../src/events.ts";

/** Something that does not work at the moment. */
export interface Failure {
  /** The same as long as the same thing fails in the same way. */
  readonly key: string;
  /** The service; `undefined` where it never had a name, or where the config is to blame. */
  readonly service: string | undefined;
  readonly detail: FailureDetail;
  /** The code that serves on; `undefined` where none does. */
  readonly revision: number | undefined;
  /** When it was told of; `undefined` when that is too long ago. */
  readonly at: number | undefined;
}

type FailedEvent = Extract<NumberedEvent, { readonly type: "failed" }>;

/**
 * What fails now: what services say of themselves, a config that does not load, and running code that failed since it was
 * swapped last.
 */
export function currentFailures(project: readonly DevService[], events: readonly NumberedEvent[]): readonly Failure[] {
  const failures = project.flatMap((service) => {
    const failure = ofService(service, events);
    return failure === undefined ? [] : [failure];
  });
  for (const event of openEvents(events)) {
    const service = project.find(({ name }) => name === event.service && name !== "");
    // A service that tells of its failure has the newer word.
    if (service?.failure !== undefined && event.phase !== "run") continue;
    failures.push(failureOf(event.service, detailOf(event), service?.revision, event.at));
  }
  return failures.filter(({ key }, at) => failures.findIndex((one) => one.key === key) === at);
}

/** What a phase is called when it fails. */
export const phaseTexts = {
  build: "does not build",
  start: "does not start",
  config: "The config does not load",
  run: "threw while it ran",
} as const;

/** What follows the name of the service, where there is one. */
export function headlineOf({ service, detail: { phase } }: Failure): string {
  return `${service === undefined && phase !== "config" ? "A service " : ""}${phaseTexts[phase]}`;
}

/** What runs meanwhile, and what to do. */
export function servesOnText({ revision, detail: { phase } }: Failure): string {
  if (phase === "config") return "What ran before serves on.";
  if (phase === "run") return "It serves on; this stays until it is swapped or dismissed.";
  const who = revision === undefined ? "It is not served until this is mended." : `Revision ${revision} serves on.`;
  return `${who} Save the file: it is tried again by itself.`;
}

function ofService(service: DevService, events: readonly NumberedEvent[]): Failure | undefined {
  if (service.failure === undefined) return undefined;
  const event = events.findLast(
    (one): one is FailedEvent =>
      one.type === "failed" &&
      one.message === service.failure &&
      (one.service === service.name || one.file === service.file || service.name === ""),
  );
  const plain = { phase: "build", message: service.failure, file: service.file } as const;
  const unplaced = { line: undefined, column: undefined, excerpt: undefined };
  const detail = service.failureDetail ?? (event === undefined ? { ...plain, ...unplaced } : detailOf(event));
  const revision = service.address === "" ? undefined : service.revision;
  return failureOf(service.name || undefined, detail, revision, event?.at);
}

/** What the config and running code failed with, and nothing later mended, each once. */
function openEvents(events: readonly NumberedEvent[]): readonly FailedEvent[] {
  let open: readonly FailedEvent[] = [];
  for (const event of events) {
    if (event.type === "restarted") open = [];
    else if (event.type === "failed" && (event.phase === "config" || event.phase === "run")) {
      open = [...open.filter(({ service, message }) => service !== event.service || message !== event.message), event];
    } else if (event.type === "recovered") {
      open = open.filter(({ file, service }) => file !== event.file && service !== event.service);
    } else if (event.type === "swapped" || event.type === "removed" || event.type === "replaced") {
      open = open.filter(({ service }) => service !== event.service);
    }
  }
  return open;
}

/** What an event says of a failure. */
export function detailOf({ phase, message, file, frame, stack }: FailedEvent): FailureDetail {
  const { line, column, excerpt } = frame ?? { line: undefined, column: undefined, excerpt: undefined };
  return { phase, message, file: frame?.file ?? file, line, column, excerpt, ...(stack !== undefined && { stack }) };
}

function failureOf(
  service: string | undefined,
  detail: FailureDetail,
  revision: number | undefined,
  at: number | undefined,
): Failure {
  const { phase, message, file, line } = detail;
  return { key: [phase, service, message, file, line].join("\n"), service, detail, revision, at };
}
