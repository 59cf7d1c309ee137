import { type ConsulAgent, startConsul } from "../../../../interop/src/consul-agent.ts";

/** Runs with an agent of its own and stops it; does nothing where there is no Consul, which was told then. */
export async function withAgent(
  run: (agent: ConsulAgent) => Promise<void>,
  config: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const agent = await startConsul(config);
  if (agent === undefined) return;
  try {
    await run(agent);
  } finally {
    await agent.stop();
  }
}

export type { ConsulAgent };
