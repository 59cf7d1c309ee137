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

/** Tells of failures, each once until something else fails there or it works again. */
export class Failures {
  private readonly events: DevEvents;
  private readonly isOwn: (file: string) => boolean;
  private readonly current = new Map<string, string>();
  private readonly told = new WeakSet<object>();

  constructor(events: DevEvents, isOwn: (file: string) => boolean) {
    this.events = events;
    this.isOwn = isOwn;
  }

  /** The message of what failed and is not mended. */
  messageOf(key: string): string | undefined {
    return this.current.get(key)?.split("\0")[1];
  }

  fail(phase: FailurePhase, part: FailedPart, error: unknown): void {
    const event = describe(phase, part, error, this.isOwn);
    const { frame, message } = event;
    const fault = [phase, message, frame?.file, frame?.line].join("\0");
    if (this.current.get(part.key) === fault) return;
    this.current.set(part.key, fault);
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
