/** Something that can be told to stop. */
export interface Abortable {
  /** Called at most once per registration. Must not throw. */
  abort(reason: unknown): void;
}

/**
 * A cancellation that costs nothing until someone asks. It does what an `AbortSignal` does inside the kernel,
 * where a signal per call would cost more than the call; {@link signal} makes a real one on demand.
 */
export class Cancellation implements Abortable {
  #reason: unknown = undefined;
  #aborted = false;
  #targets: Set<Abortable> | undefined;
  #controller: AbortController | undefined;

  /** Whether {@link abort} was called. */
  get aborted(): boolean {
    return this.#aborted;
  }

  /** What {@link abort} was called with. */
  get reason(): unknown {
    return this.#reason;
  }

  /** A standard signal that aborts with this cancellation; made at the first use. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Registers a target; told at once when this is aborted already. Pair it with {@link delete}. */
  add(target: Abortable): void {
    if (this.#aborted) target.abort(this.#reason);
    else (this.#targets ??= new Set()).add(target);
  }

  /** Forgets a target. One that is not registered is no mistake. */
  delete(target: Abortable): void {
    this.#targets?.delete(target);
  }

  /** Tells every target, then the signal. Later calls do nothing. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const targets = this.#targets;
    this.#targets = undefined;
    if (targets !== undefined) for (const target of targets) target.abort(reason);
    this.#controller?.abort(reason);
  }
}
