import type { CallContext, CallOptions, Client, ClientStream, PublishOptions, SubscriberContext } from "@micro/kernel";
import type { Line } from "./bridge.ts";
import type { HostOpening } from "./messages.ts";

/** What of a context is carried to a worker, and goes on from there. */
export type ContextOfCall = Pick<CallContext & SubscriberContext, "metadata" | "deadline" | "cancellation" | "client">;

type ClientOpening = Exclude<HostOpening, { ask: "graph" }>;

/** Does for code in a worker what it asks of its client. */
export function serveWorker(client: Client, opening: ClientOpening, line: Line): void {
  run(client, opening, line).catch((error: unknown) => line.fail(error));
}

async function run(client: Client, opening: ClientOpening, line: Line): Promise<void> {
  const { input, options } = opening;
  if (opening.ask === "publish") {
    await client.publish(opening.topic, input, options as PublishOptions);
    line.done(undefined);
    return;
  }
  const { service, method } = opening;
  line.what = `${service} ${method}: the answer`;
  if (opening.ask === "call") {
    const controller = new AbortController();
    line.onAbort = (reason) => controller.abort(reason);
    line.done(await client.call(service, method, input, { ...(options as CallOptions), signal: controller.signal }));
    return;
  }
  const stream = client.stream(service, method, undefined, options as CallOptions);
  line.onAbort = () => stream.close();
  feed(stream, line).catch(() => stream.close());
  for await (const item of stream) await line.send(item);
  line.done(undefined);
}

async function feed(stream: ClientStream, line: Line): Promise<void> {
  for (let item = await line.receive(); item !== undefined; item = await line.receive()) await stream.send(item);
  stream.end();
}
