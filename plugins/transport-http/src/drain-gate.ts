/** Where senders wait for room on one socket. All of them share one promise. */
export class DrainGate {
  #promise: Promise<void> | undefined = undefined;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  /** Resolves at the next {@link open}. */
  wait(): Promise<void> {
    this.#promise ??= new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    return this.#promise;
  }

  /** There is room, or nobody to wait for. */
  open(): void {
    this.#promise = undefined;
    this.#resolve();
  }

  /** There will be no room any more. */
  fail(error: Error): void {
    this.#promise = undefined;
    this.#reject(error);
  }
}

/** What a send returns that need not wait. */
export const noWait: Promise<void> = Promise.resolve();
