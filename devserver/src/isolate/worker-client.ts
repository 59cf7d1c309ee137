import type {
  CallOptions,
  Client,
  ClientStream,
  PublishOptions,
  ServiceClient,
  ServiceDefinition,
} from "@micro/kernel";
import type { Bridge, Line } from "./bridge.ts";
import type { CarriedOptions, HostOpening, WorkerOpening } from "./messages.ts";

/** The call or message that a client goes on with. */
export interface ClientOrigin {
  readonly line: Line;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The client of the host's kernel, as code in a worker has it. */
export class WorkerClient implements Client {
  private readonly bridge: Bridge<HostOpening, WorkerOpening>;
  private readonly origin: ClientOrigin | undefined;

  constructor(bridge: Bridge<HostOpening, WorkerOpening>, origin?: ClientOrigin) {
    this.bridge = bridge;
    this.origin = origin;
  }

  async call<Output>(service: string, method: string, input: unknown = {}, options: CallOptions = {}): Promise<Output> {
    const line = this.open("call", service, method, input, options);
    const { signal } = options;
    const onAbort = () => line.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    try {
      return (await line.result) as Output;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  stream<Output>(
    service: string,
    method: string,
    input?: unknown,
    options: CallOptions = {},
  ): ClientStream<unknown, Output> {
    const line = this.open("stream", service, method, undefined, options);
    const stream = new WorkerStream<Output>(line);
    const { signal } = options;
    const onAbort = () => stream.close();
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    line.result.catch(() => {}).finally(() => signal?.removeEventListener("abort", onAbort));
    if (input !== undefined) stream.feed(input);
    return stream;
  }

  of<S extends ServiceDefinition>(service: string, defaults: CallOptions = {}): ServiceClient<S> {
    const methodOf = (method: string) =>
      Object.assign(
        (input?: unknown, options?: CallOptions) => this.call(service, method, input, { ...defaults, ...options }),
        {
          stream: (input?: unknown, options?: CallOptions) =>
            this.stream(service, method, input, { ...defaults, ...options }),
        },
      );
    return members((handler) => members((method) => methodOf(`${handler}.${method}`))) as ServiceClient<S>;
  }

  async publish(topic: string, message: unknown, options: PublishOptions = {}): Promise<void> {
    const opening = { ask: "publish" as const, ...this.context(), topic, input: message };
    const what = `the message for ${topic}`;
    await this.bridge.ask({ ...opening, options: this.carried(options, what) }, what);
  }

  private open(ask: "call" | "stream", service: string, method: string, input: unknown, options: CallOptions): Line {
    const what = `${service} ${method}: the request`;
    const carried = this.carried(options, what);
    return this.bridge.open({ ask, ...this.context(), service, method, input, options: carried }, what);
  }

  private context(): { readonly context: number | undefined } {
    return { context: this.origin?.line.number };
  }

  private carried(options: CallOptions & PublishOptions, what: string): CarriedOptions {
    const { signal: _signal, filters, input, output, metadata, ...data } = options;
    if (input !== undefined || output !== undefined) throw notCarried(what, "a schema");
    if (filters !== undefined) throw notCarried(what, "filters");
    // The host forgets a call that ended; what it carried goes on all the same.
    const carriedOn = this.origin?.line.isEnded === true ? this.origin.metadata : {};
    const all = { ...carriedOn, ...metadata };
    return Object.keys(all).length === 0 ? data : { ...data, metadata: all };
  }
}

/** The caller's end of a stream that the host has open. */
class WorkerStream<Output> implements ClientStream<unknown, Output> {
  private readonly line: Line;
  private sending: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(line: Line) {
    this.line = line;
  }

  feed(input: unknown): void {
    this.sending = this.feedAll(input);
    // What goes wrong is thrown where somebody waits for it.
    this.sending.catch(() => {});
  }

  async send(item: unknown): Promise<void> {
    await this.sending;
    await this.line.send(item);
  }

  end(): void {
    this.sending = this.sending.then(() => this.line.end());
    this.sending.catch(() => {});
  }

  async receive(): Promise<Output | undefined> {
    const item = await this.line.receive();
    if (item === undefined) await this.line.result;
    return item as Output | undefined;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.line.abort(undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Output, void, undefined> {
    try {
      for (let item = await this.receive(); item !== undefined; item = await this.receive()) yield item;
    } finally {
      this.close();
    }
  }

  private async feedAll(input: unknown): Promise<void> {
    if (typeof input !== "object" || input === null || !(Symbol.asyncIterator in input)) {
      await this.line.send(input);
      return;
    }
    try {
      for await (const item of input as AsyncIterable<unknown>) {
        if (this.closed) return;
        await this.line.send(item);
      }
      this.line.end();
    } catch (error) {
      this.close();
      throw error;
    }
  }
}

function notCarried(what: string, part: string): TypeError {
  return new TypeError(
    `${what} has ${part}, which a service in a worker cannot hand to the kernel: leave it out, or drop the isolation`,
  );
}

/** An object whose members are made when they are asked for; `then` is none, so that it can be awaited. */
function members(create: (name: string) => unknown): object {
  return new Proxy(Object.freeze({}), {
    get: (_target, name) => (typeof name !== "string" || name === "then" ? undefined : create(name)),
  });
}
