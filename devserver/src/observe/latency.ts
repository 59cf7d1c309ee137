// Two buckets an octave from 0.05 ms on: a percentile is off by a fifth at most, and a minute still has its bucket.
const smallestMs = 0.05;
const bucketsPerOctave = 2;

/** How many buckets there are; the last one takes what is longer. */
export const bucketCount = 44;

/** The bucket of a duration in milliseconds. */
export function bucketOf(ms: number): number {
  if (!(ms > smallestMs)) return 0;
  return Math.min(bucketCount - 1, 1 + Math.floor(Math.log2(ms / smallestMs) * bucketsPerOctave));
}

/** The duration in milliseconds that a share of the calls did not exceed, from 0 to 1; 0 when there were none. */
export function percentile(buckets: Float64Array, share: number): number {
  let total = 0;
  for (const count of buckets) total += count;
  if (total === 0) return 0;
  let rest = share * total;
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    rest -= buckets[bucket] as number;
    if (rest <= 0) return middleOf(bucket);
  }
  return middleOf(bucketCount - 1);
}

// The geometric middle: between the bounds of a bucket that is as wide as its place in a logarithm.
function middleOf(bucket: number): number {
  const ms = bucket === 0 ? smallestMs : smallestMs * 2 ** ((bucket - 0.5) / bucketsPerOctave);
  return Number(ms.toPrecision(3));
}
