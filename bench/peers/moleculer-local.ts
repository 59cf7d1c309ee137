import { ServiceBroker } from "moleculer";

/** What serves in both systems. */
export type Greeters = Readonly<Record<string, (request: { name: string }) => unknown>>;

/** A broker that calls itself. */
export interface LocalBroker {
  call(action: string, request: { readonly name: string }): Promise<unknown>;
  stop(): Promise<void>;
}

/** A Moleculer broker as its users have it without a transporter: no log, everything else default. */
export async function startMoleculer(
  handlers: Greeters,
  options: { readonly requestTimeout?: number } = {},
): Promise<LocalBroker> {
  const broker = new ServiceBroker({ logger: false, ...options });
  const actions = Object.entries(handlers).map(([name, handler]) => [
    name,
    (context: { readonly params: { name: string } }) => handler(context.params),
  ]);
  broker.createService({ name: "say", actions: Object.fromEntries(actions) });
  await broker.start();
  return { call: (action, request) => broker.call(action, request), stop: () => broker.stop() };
}
