import { brokerHttp } from "@micro/broker-http";
import { codecProtoRpc } from "@micro/codec-proto-rpc";
import { type Kernel, type Metadata, startKernel } from "@micro/kernel";
import { standard } from "@micro/standard";
import { messages } from "./greeter-messages.ts";
import { randomName } from "./random-name.ts";

/** A kernel of ours with the HTTP broker, and what its subscriber got. */
export interface OurSubscriber {
  readonly kernel: Kernel;
  /** In the order in which they came. */
  readonly received: readonly ReceivedMessage[];
  stop(): Promise<void>;
}

/** What a subscriber was called with. */
export interface ReceivedMessage {
  readonly name: string;
  readonly metadata: Metadata;
}

/** Subscribes to a topic whose messages are requests of greeter.proto, in JSON or protobuf; in a queue group or alone. */
export async function ourSubscriber(topic: string, queue?: string): Promise<OurSubscriber> {
  const received: ReceivedMessage[] = [];
  const kernel = await brokerKernel();
  const handler = ({ name }: { name: string }, { metadata }: { metadata: Metadata }): void => {
    received.push({ name, metadata });
  };
  const subscriber = { handler, input: messages.Request, ...(queue !== undefined && { queue }) };
  await kernel.serve({ name: randomName("subscriber"), subscribers: { [topic]: subscriber } }).catch(async (error) => {
    await kernel.stop();
    throw error;
  });
  return { kernel, received, stop: () => kernel.stop() };
}

/** A kernel with the HTTP broker and mDNS. Whoever starts it stops it. */
export function brokerKernel(): Promise<Kernel> {
  const plugins = [standard(), codecProtoRpc(), brokerHttp()];
  return startKernel({ plugins }, { flags: { registry: "mdns", broker: "http" } });
}
