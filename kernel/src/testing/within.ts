// The real ones: a test has its time limit also while a simulation has replaced them.
const { setTimeout, clearTimeout } = globalThis;
const now = performance.now.bind(performance);

/**
 * Waits for something, but not for ever: rejects with a message that says what did not happen. For runners that
 * have no time limits, uvu among them.
 *
 * @param limitMs how long it may take, in milliseconds
 * @param what what is waited for, as it stands in the message: `the reply`
 * @param work a promise, or a function that is called at once
 *
 * @example
 * const reply = await within(1000, "the reply", connection.roundTrip(message, limits));
 */
export async function within<T>(limitMs: number, what: string, work: Promise<T> | (() => T | Promise<T>)): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([typeof work === "function" ? work() : work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks again and again until the answer is yes.
 *
 * @param limitMs how long it may take, in milliseconds
 * @param what what is waited for, as it stands in the message
 * @param isTrue asked at once and then every few milliseconds; one that throws ends the waiting
 */
export async function eventually(
  limitMs: number,
  what: string,
  isTrue: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = now() + limitMs;
  while (!(await within(limitMs, what, async () => isTrue()))) {
    if (now() > end) throw new Error(`${what}: not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
