import { MicroError } from "@micro/kernel";
import { avroCodec } from "../../src/index.ts";

export const codec = avroCodec;

/** What `run` throws, which must be a MicroError. */
export function thrownBy(run: () => unknown): MicroError {
  try {
    run();
  } catch (error) {
    if (MicroError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** The code and detail of what `run` throws. */
export function fault(run: () => unknown): string {
  const { code, detail } = thrownBy(run);
  return `${code} ${detail}`;
}

/** Bytes from hexadecimal digits, with spaces wherever they help to read. */
export function hex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.replaceAll(/\s/g, ""), "hex"));
}

/** The value without the classes that avsc gives to records and branches. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}
