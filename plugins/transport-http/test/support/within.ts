/** Waits for a promise, but not for ever: a test that hangs says what it waited for. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until a condition holds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`${what} did not happen within 10 s`);
    await pause(2);
  }
}

/** Waits until a number stands still, and returns it. */
export async function standstill(what: string, read: () => number): Promise<number> {
  let last = read();
  let times = 0;
  await until(`${what} to stand still`, () => {
    const now = read();
    times = now === last ? times + 1 : 0;
    last = now;
    return times >= 100;
  });
  return last;
}

/** Lets time pass, for what should not happen meanwhile. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
