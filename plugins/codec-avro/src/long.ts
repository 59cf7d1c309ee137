/** The number in Avro's encoding of a long: a bigint where a number could not hold it. */
export function exactLong(bytes: Uint8Array): number | bigint {
  let zigzag = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) {
    zigzag = (zigzag << 7n) | BigInt((bytes[index] as number) & 0x7f);
  }
  const value = (zigzag & 1n) === 0n ? zigzag >> 1n : -(zigzag >> 1n) - 1n;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Avro's encoding of a long of at most 64 bits. */
export function longBytes(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value < 0n ? -value * 2n - 1n : value * 2n;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
