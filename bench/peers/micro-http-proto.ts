import { codecProtoRpc } from "@micro/codec-proto-rpc";
import { method, startKernel } from "@micro/kernel";
import { standard } from "@micro/standard";
import { Request, Response } from "../src/messages.ts";
import type { Peer } from "../src/peer.ts";

const schemas = { input: Request, output: Response };

/** The same as `micro-http.ts`, with protobuf in place of JSON: its codec at both ends, and the schemas with each call. */
export const peer: Peer = {
  async serve(name) {
    const kernel = await startKernel({ plugins: [standard(), codecProtoRpc()] });
    const Hello = method(schemas, async (request: { readonly name: string }) => ({ msg: `Hello ${request.name}` }));
    await kernel.serve({ name, handlers: { Say: { Hello } } }, { address: "127.0.0.1:0" });
    return { address: name, close: () => kernel.stop() };
  },

  async connect(service, { poolSize }) {
    const kernel = await startKernel({
      plugins: [standard(), codecProtoRpc()],
      settings: { client_pool_size: poolSize },
    });
    const options = { ...schemas, contentType: "application/protobuf" };
    const call = async (name: string): Promise<string> =>
      (await kernel.client.call<{ readonly msg: string }>(service, "Say.Hello", { name }, options)).msg;
    return { call, close: () => kernel.stop() };
  },
};
