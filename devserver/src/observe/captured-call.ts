import { type Metadata, MicroError } from "@micro/kernel";
import { type JsonText, jsonText } from "./json-text.ts";
import { isSecretName, redacted } from "./secret-names.ts";
import { traceHeader } from "./trace.ts";

/** What was captured: a call, a stream, a message on its way out, or one that a subscriber got. */
export type CallKind = "call" | "stream" | "publish" | "deliver";

/** What is known of a call when it begins. */
export interface CallHead {
  /** Unique; what the calls that it led to name as their parent. */
  readonly id: string;
  /** The same for all that one call led to. */
  readonly trace: string;
  /** The call it was made for; `undefined` for the first one, or when that is not known. */
  readonly parent: string | undefined;
  readonly kind: CallKind;
  readonly caller: string;
  /** For messages the topic, or the subscriber. */
  readonly service: string;
  /** For messages the topic. */
  readonly method: string;
}

/** A request or response is kept up to so many bytes. */
const maxBodyBytes = 4096;
/** How much is kept of the detail of an error. */
export const maxDetail = 1024;
const maxMetadata = 50;
const maxName = 256;

/** One call that was seen, without what must not be shown. */
export class CapturedCall implements CallHead {
  readonly id: string;
  readonly trace: string;
  readonly parent: string | undefined;
  readonly kind: CallKind;
  readonly caller: string;
  readonly service: string;
  readonly method: string;
  /** On the clock of `Date.now()`. */
  readonly startedAt: number = Date.now();
  readonly metadata: Readonly<Record<string, string>>;
  /** For streams the first item that was sent. */
  request: JsonText | undefined;
  /** For streams the first item that came. */
  response: JsonText | undefined = undefined;
  /** Grows by one with every call that ended; 0 while it runs. */
  number = 0;
  /** How long it took, in milliseconds. */
  ms = 0;
  /** 200, or the code of its error. */
  code = 200;
  /** The detail of its error. */
  error: string | undefined = undefined;
  /** The stack of what its handler threw, where that is known. */
  stack: string | undefined = undefined;
  /** Items of a stream, as its caller sees them. */
  sent = 0;
  received = 0;

  constructor(head: CallHead, metadata: Metadata, request: unknown) {
    this.id = head.id;
    this.trace = head.trace;
    this.parent = head.parent;
    this.kind = head.kind;
    this.caller = head.caller;
    this.service = head.service.slice(0, maxName);
    this.method = head.method.slice(0, maxName);
    this.metadata = withoutSecrets(metadata);
    // Now, because whoever gets it may change it.
    this.request = request === undefined ? undefined : bodyText(request);
  }

  /** Keeps the answer. */
  answered(value: unknown): void {
    this.response ??= bodyText(value);
  }

  /** Counts an item that the caller sent. */
  itemSent(item: unknown): void {
    this.sent++;
    this.request ??= bodyText(item);
  }

  /** Counts an item that came. */
  itemReceived(item: unknown): void {
    this.received++;
    this.response ??= bodyText(item);
  }

  /** Keeps why it failed. */
  failed(error: unknown, stack: string | undefined): void {
    const { code, detail } = MicroError.from(error, this.service);
    this.code = code || 500;
    this.error = detail.slice(0, maxDetail);
    this.stack = stack;
  }

  /** About how much memory it takes. */
  get bytes(): number {
    const texts = [
      this.request?.text,
      this.response?.text,
      this.error,
      this.stack,
      ...Object.entries(this.metadata).flat(),
    ];
    return texts.reduce((sum, text) => sum + 2 * (text?.length ?? 0), 500);
  }
}

function bodyText(value: unknown): JsonText {
  return jsonText(value, { maxBytes: maxBodyBytes, redact: true });
}

function withoutSecrets(metadata: Metadata): Record<string, string> {
  const shown: Record<string, string> = Object.create(null);
  for (const name of Object.keys(metadata).slice(0, maxMetadata)) {
    if (name === traceHeader) continue;
    const value = metadata[name] as string;
    shown[name.slice(0, 128)] = isSecretName(name) ? redacted : String(value).slice(0, 256);
  }
  return shown;
}
