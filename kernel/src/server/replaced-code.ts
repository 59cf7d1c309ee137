import { type Codec, MicroError } from "@micro/wire";
import type { KernelHooks } from "../contracts/hooks.ts";
import type { ServerExchange } from "../contracts/transport.ts";
import { ServedMethod } from "./served-method.ts";
import { type CallTarget, serveExchange } from "./server-call.ts";
import { methodsOf } from "./service.ts";
import type { ServiceVersion } from "./service-version.ts";

/** Code of a service that was replaced. While it finishes its calls it can be given others, which it finishes as well. */
export class ReplacedCode implements CallTarget {
  readonly name: string;
  private readonly service: CallTarget;
  private readonly hooks: KernelHooks;
  private readonly version: ServiceVersion;

  /** @internal */
  constructor(service: CallTarget, hooks: KernelHooks, version: ServiceVersion) {
    this.name = service.name;
    this.service = service;
    this.hooks = hooks;
    this.version = version;
  }

  /** How many calls and messages run on it; 0 when it was left, or is about to be. */
  get calls(): number {
    return this.version.isLeft ? 0 : this.version.calls;
  }

  /** Answers an exchange as the service did; once it has no calls any more it refuses with a 409. */
  accept(exchange: ServerExchange): void {
    if (this.calls > 0) serveExchange(this, exchange);
    else exchange.refuse(new MicroError(this.name, 409, "that version has drained"));
  }

  /** @internal */
  route(method: string): ServedMethod | undefined {
    for (const [name, definition] of methodsOf(this.version.definition.handlers)) {
      if (name === method) return new ServedMethod(this.version, this.hooks, name, definition);
    }
    return undefined;
  }

  /** @internal */
  codec(contentType: string): Codec | undefined {
    return this.service.codec(contentType);
  }
}
