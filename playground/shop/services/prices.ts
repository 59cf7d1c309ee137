import { setTimeout as pause } from "node:timers/promises";
import { defineService, method } from "@micro/kernel";
import type catalog from "./catalog.ts";

/** What things cost at the moment: around the price in the catalog, and never the same for long. */
export default defineService({
  name: "go.micro.srv.prices",
  handlers: {
    Prices: {
      Now: method({ idempotent: true }, async ({ sku }: { sku: string }, { client }) => {
        const { price } = await client.of<typeof catalog>("go.micro.srv.catalog").Items.Get({ sku });
        return { sku, cents: sway(price) };
      }),
      async *Watch({ sku, times }: { sku: string; times: number }, { client, signal }) {
        const { price } = await client.of<typeof catalog>("go.micro.srv.catalog").Items.Get({ sku });
        for (let n = 0; n < times; n++) {
          yield { sku, cents: sway(price) };
          await pause(500, undefined, { signal });
        }
      },
    },
  },
});

function sway(cents: number): number {
  return Math.round(cents * (1 + Math.sin(Date.now() / 10_000) / 10));
}
