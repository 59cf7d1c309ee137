import type { FailureDetail } from "../dev-host.ts";
import type { DevEvents, FailurePhase } from "../events.ts";
import { BuildFailure } from "../graph/build-failure.ts";
import { frameOf } from "../graph/stack-traces.ts";

/** Who failed. */
export interface FailedPart {
  readonly service: string | undefined;
  readonly file: string;
  /** What is mended or fails as one. */
  readonly key: string;
}

/** What is wrong with a part now. */
interface Fault {
  /** What tells it from another one. */
  readonly text: string;
  readonly detail: FailureDetail;
}

/** Tells of failures, each once until something else fails there or it works again. */
export class Failures {
  private readonly events: DevEvents;
  private readonly isOwn: (file: string) => boolean;
  private readonly current = new Map<string, Fault>();
  private readonly told = new WeakSet<object>();

  constructor(events: DevEvents, isOwn: (file: string) => boolean) {
    this.events = events;
    this.isOwn = isOwn;
  }

  /** What failed of a part and is not mended. */
  detailOf(key: string): FailureDetail | undefined {
    return this.current.get(key)?.detail;
  }

  fail(phase: FailurePhase, part: FailedPart, error: unknown): void {
    const event = describe(phase, part, error, this.isOwn);
    const { frame, message } = event;
    const text = [phase, message, frame?.file, frame?.line].join("\0");
    if (this.current.get(part.key)?.text === text) return;
    this.current.set(part.key, { text, detail: detailOf(event) });
    this.events.emit(event);
  }

  /** Running code failed; every error is told of once. */
  failRunning(service: string | undefined, file: string | undefined, error: unknown): void {
    if (typeof error === "object" && error !== null) {
      if (this.told.has(error)) return;
      this.told.add(error);
    }
    this.events.emit(describe("run", { service, file }, error, this.isOwn));
  }

  mend({ service, file, key }: FailedPart): void {
    if (this.current.delete(key)) this.events.emit({ type: "recovered", service, file });
  }

  /** The part is gone; what was wrong with it does not matter any more. */
  forget(key: string): void {
    this.current.delete(key);
  }
}

function describe(
  phase: FailurePhase,
  part: { readonly service: string | undefined; readonly file: string | undefined },
  error: unknown,
  isOwn: (file: string) => boolean,
) {
  const frame = error instanceof BuildFailure ? error.frame : frameOf(error, isOwn);
  const stack = error instanceof Error && !(error instanceof BuildFailure) ? error.stack : undefined;
  return {
    type: "failed" as const,
    phase,
    service: part.service,
    file: frame?.file ?? (error instanceof BuildFailure ? error.file : part.file),
    message: error instanceof Error ? error.message : String(error),
    frame,
    stack,
  };
}

const maxMessage = 4096;
const maxStack = 8192;

/** What is kept until it is mended, and told to every page that opens. */
function detailOf({ phase, message, file, frame, stack }: ReturnType<typeof describe>): FailureDetail {
  const shown = message.slice(0, maxMessage);
  return {
    phase,
    message: shown,
    file,
    line: frame?.line,
    column: frame?.column,
    excerpt: frame?.excerpt.slice(0, maxMessage),
    // The message stands before the places, and must leave room for them.
    ...(stack !== undefined && { stack: stack.replace(message, () => shown).slice(0, maxMessage + maxStack) }),
  };
}
