import { ServiceBroker } from "moleculer";

/** A Moleculer broker that calls itself, as its users have it without a transporter: no log, everything else default. */
export async function startMoleculer(
  hello: (request: { readonly name: string }) => Promise<unknown>,
  options: { readonly requestTimeout?: number } = {},
): Promise<{ call(request: { readonly name: string }): Promise<unknown>; stop(): Promise<void> }> {
  const broker = new ServiceBroker({ logger: false, ...options });
  broker.createService({
    name: "say",
    actions: { hello: (context: { readonly params: { readonly name: string } }) => hello(context.params) },
  });
  await broker.start();
  return { call: (request) => broker.call("say.hello", request), stop: () => broker.stop() };
}
