import { isSecretName, redacted } from "./secret-names.ts";

/** A value as text. */
export interface JsonText {
  readonly text: string;
  /** Whether the text ends before the value does; it is then no JSON. */
  readonly isCut: boolean;
  /** Whether something in it was left out because of its name. */
  readonly isRedacted: boolean;
}

/** What {@link jsonText} can be told. */
export interface JsonTextOptions {
  /** How long the text may be, in bytes of UTF-8. */
  readonly maxBytes: number;
  /** Whether members whose names speak of secrets are left out. */
  readonly redact: boolean;
}

/**
 * The JSON of any value, up to a length: bigints are digits, bytes are base64 as Go writes them, a circle and what
 * stands too deep are named in their place. Getters, proxies and `toJSON` that throw do no harm, and no more of a large
 * value is looked at than is written.
 */
export function jsonText(value: unknown, { maxBytes, redact }: JsonTextOptions): JsonText {
  const writer = new JsonWriter(maxBytes, redact);
  writer.value(value, 0);
  const text = cutBytes(writer.text, maxBytes);
  return { text, isCut: writer.isFull || text.length < writer.text.length, isRedacted: writer.isRedacted };
}

const maxDepth = 32;
const maxSteps = 20_000;

class JsonWriter {
  text = "";
  isFull = false;
  isRedacted = false;
  private readonly max: number;
  private readonly redact: boolean;
  private readonly ancestors: object[] = [];
  private steps = 0;

  constructor(max: number, redact: boolean) {
    this.max = max;
    this.redact = redact;
  }

  value(value: unknown, depth: number): void {
    if (++this.steps > maxSteps) this.isFull = true;
    if (this.isFull) return;
    if (typeof value === "object" && value !== null) this.object(value, depth);
    else if (typeof value === "string") this.string(value);
    else this.put(plainText(value));
  }

  private object(value: object, depth: number): void {
    if (depth >= maxDepth || this.ancestors.includes(value)) {
      this.put(depth >= maxDepth ? '"[too deep]"' : '"[circular]"');
      return;
    }
    this.ancestors.push(value);
    try {
      this.members(value, depth + 1);
    } catch {
      this.put('"[unreadable]"');
    }
    this.ancestors.pop();
  }

  private members(value: object, depth: number): void {
    const bytes = bytesOf(value);
    const { toJSON } = value as { toJSON?: unknown };
    if (bytes !== undefined) this.string(Buffer.from(bytes.subarray(0, this.max)).toString("base64"));
    else if (typeof toJSON === "function") this.value(toJSON.call(value, ""), depth);
    else if (Array.isArray(value)) this.array(value, depth);
    else this.record(value, depth);
  }

  private record(value: object, depth: number): void {
    this.put("{");
    let separator = "";
    for (const name of Object.keys(value)) {
      if (this.isFull) return;
      const member = this.member(value, name);
      if (member === undefined || typeof member === "function" || typeof member === "symbol") continue;
      this.put(separator);
      this.string(name);
      this.put(":");
      this.value(member, depth);
      separator = ",";
    }
    this.put("}");
  }

  private array(values: readonly unknown[], depth: number): void {
    this.put("[");
    for (let at = 0; at < values.length && !this.isFull; at++) {
      if (at > 0) this.put(",");
      this.value(values[at], depth);
    }
    this.put("]");
  }

  private member(value: object, name: string): unknown {
    if (++this.steps > maxSteps) this.isFull = true;
    if (this.redact && isSecretName(name)) {
      this.isRedacted = true;
      return redacted;
    }
    try {
      return (value as Readonly<Record<string, unknown>>)[name];
    } catch {
      return "[unreadable]";
    }
  }

  private string(text: string): void {
    this.put(JSON.stringify(text.length > this.max ? text.slice(0, this.max) : text));
  }

  private put(text: string): void {
    if (this.isFull) return;
    this.text += text;
    this.isFull = this.text.length > this.max;
  }
}

function plainText(value: unknown): string {
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  return typeof value === "number" && Number.isFinite(value) ? String(value) : "null";
}

function bytesOf(value: object): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return value instanceof ArrayBuffer || value instanceof SharedArrayBuffer ? new Uint8Array(value) : undefined;
}

/** The beginning of a text that fits in so many bytes of UTF-8, without half a character. */
export function cutBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text.slice(0, maxBytes));
  let end = maxBytes;
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}
