const firstMs = 1000;
const longestMs = 30_000;

/** How long to leave something alone that failed so often in a row, in milliseconds: a second, doubled up to 30. */
export function backoffMs(failures: number, random: () => number): number {
  return jittered(Math.min(firstMs * 2 ** (failures - 1), longestMs), random);
}

/** A tenth more or less, so that what happened at one moment does not happen at one moment again. */
export function jittered(ms: number, random: () => number): number {
  return ms * (0.9 + 0.2 * random());
}
