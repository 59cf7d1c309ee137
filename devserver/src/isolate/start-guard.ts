/** Lets code that begins be given up from outside, when it was broken off and its promise never settles. */
export class StartGuard {
  private readonly running = new Set<(error: Error) => void>();

  async run<T>(work: () => T | Promise<T>): Promise<T> {
    let giveUp: (error: Error) => void = () => {};
    const interrupted = new Promise<never>((_resolve, reject) => {
      giveUp = reject;
    });
    this.running.add(giveUp);
    try {
      return await Promise.race([start(work), interrupted]);
    } finally {
      this.running.delete(giveUp);
    }
  }

  /** @returns whether something was running */
  interrupt(error: Error): boolean {
    const wasRunning = this.running.size > 0;
    for (const giveUp of this.running) giveUp(error);
    return wasRunning;
  }
}

/** In a microtask of its own, so that what breaks it off leaves the caller's stack alone. */
async function start<T>(work: () => T | Promise<T>): Promise<T> {
  await Promise.resolve();
  return await work();
}
