import { type Codec, clientErrorId, MicroError } from "@micro/wire";
import type { KernelHooks } from "../contracts/hooks.ts";

const maxContentTypes = 1000;

/** The codecs that plugins supplied, each asked for once per content type. */
export class CodecTable {
  private readonly hooks: KernelHooks;
  private readonly known = new Map<string, Codec | undefined>();

  constructor(hooks: KernelHooks) {
    this.hooks = hooks;
  }

  /** The codec of a content type, lower case and without parameters; `undefined` when there is none. */
  get(contentType: string): Codec | undefined {
    const codec = this.known.get(contentType);
    if (codec !== undefined || this.known.has(contentType)) return codec;
    const supplied = this.hooks.codec.call(contentType);
    // Content types come from outside; what is not known is not kept beyond a limit.
    if (supplied !== undefined || this.known.size < maxContentTypes) this.known.set(contentType, supplied);
    return supplied;
  }

  /** @throws MicroError 500 that says what to install */
  require(contentType: string): Codec {
    const codec = this.get(contentType);
    if (codec !== undefined) return codec;
    throw new MicroError(clientErrorId, 500, `Unsupported Content-Type: ${contentType}: add a plugin with its codec`, {
      reason: "unsupported_content_type",
      notProcessed: true,
    });
  }

  /** JSON where there is a codec for it, else the encoding that never leaves the process. */
  defaultContentType(): string {
    return this.get("application/json") === undefined ? "application/vnd.micro.memory" : "application/json";
  }
}
