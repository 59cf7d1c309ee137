import { createRequire } from "node:module";
import { join } from "node:path";
import type { Contender } from "../contender.ts";
import { startPeer } from "../peer-field.ts";
import type { Work } from "../peer-node.ts";

const retryPolicy = {
  maxAttempts: 3,
  initialBackoff: "0.05s",
  maxBackoff: "1s",
  backoffMultiplier: 2,
  retryableStatusCodes: ["UNAVAILABLE"],
};

/** Round robin over the nodes. */
export function grpcRoundRobin(folder: string): Contender {
  return contender("grpc-js, round robin", folder, {});
}

/** And three attempts of what was not available. */
export function grpcRetry(folder: string): Contender {
  return contender("grpc-js, retry policy", folder, { retryPolicy });
}

/** Serves as one node. */
export async function serve(folder: string, port: number, work: Work): Promise<void> {
  const { Server, ServerCredentials } = load(folder);
  const server = new Server();
  const read = (call: Call, answer: (error: null, value: Message) => void): void => {
    void work(call.request.id, () => call.cancelled).then(() => answer(null, call.request));
  };
  server.addService({ read: method }, { read });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  process.on("SIGTERM", () => server.tryShutdown(() => process.exit()));
}

function contender(name: string, folder: string, policy: object): Contender {
  const connect = async (ports: readonly number[]): ReturnType<Parameters<typeof startPeer>[0]["connect"]> => {
    const { credentials, makeGenericClientConstructor } = load(folder);
    const target = ports.slice(0, -1).map((port) => `127.0.0.1:${port}`);
    const config = { loadBalancingConfig: [{ round_robin: {} }], methodConfig: [{ name: [{}], ...policy }] };
    const Client = makeGenericClientConstructor({ read: method }, "Work");
    const options = { "grpc.service_config": JSON.stringify(config) };
    const client = new Client(`ipv4:${target.join(",")}`, credentials.createInsecure(), options);
    const call = (id: string): Promise<unknown> =>
      new Promise((resolve, reject) => {
        client.read({ id }, { deadline: Date.now() + 5000 }, (error, value) =>
          error ? reject(error) : resolve(value),
        );
      });
    return { call, close: async () => client.close() };
  };
  const settings = (at: number, ports: readonly number[]): unknown => ports[at];
  return { name, start: () => startPeer({ module: new URL(import.meta.url), folder, settings, connect }) };
}

interface Message {
  readonly id: string;
}

interface Call {
  readonly request: Message;
  readonly cancelled: boolean;
}

// JSON, so that nothing has to be generated.
const method = {
  path: "/faults.Work/Read",
  requestStream: false,
  responseStream: false,
  requestSerialize: write,
  requestDeserialize: read,
  responseSerialize: write,
  responseDeserialize: read,
};

function write(message: Message): Buffer {
  return Buffer.from(JSON.stringify(message));
}

function read(bytes: Buffer): Message {
  return JSON.parse(bytes.toString()) as Message;
}

/** What is used of grpc-js. */
interface Grpc {
  readonly Server: new () => {
    addService(service: unknown, handlers: unknown): void;
    bindAsync(address: string, credentials: unknown, done: (error: Error | null) => void): void;
    tryShutdown(done: () => void): void;
  };
  readonly ServerCredentials: { createInsecure(): unknown };
  readonly credentials: { createInsecure(): unknown };
  makeGenericClientConstructor(
    service: unknown,
    name: string,
  ): new (
    target: string,
    credentials: unknown,
    options: unknown,
  ) => {
    read(message: Message, options: unknown, done: (error: Error | null, value: unknown) => void): void;
    close(): void;
  };
}

function load(folder: string): Grpc {
  return createRequire(join(folder, "index.js"))("@grpc/grpc-js") as Grpc;
}
