import { randomUUID } from "node:crypto";
import { defineService } from "@micro/kernel";
import type payments from "./payments.ts";
import type prices from "./prices.ts";
import type warehouse from "./warehouse.ts";

/** Takes orders: asks what it costs, reserves it, charges for it, and tells everybody who wants to know. */
export default defineService({
  name: "go.micro.srv.orders",
  handlers: {
    Orders: {
      Place: async ({ sku, card }: { sku: string; card: string }, { client }) => {
        const { cents } = await client.of<typeof prices>("go.micro.srv.prices").Prices.Now({ sku });
        const { left } = await client.of<typeof warehouse>("go.micro.srv.warehouse").Stock.Reserve({ sku });
        await client.of<typeof payments>("go.micro.srv.payments").Payments.Charge({ card, cents });
        const order = { id: randomUUID(), sku, cents };
        await client.publish("topic.orders", order);
        return { ...order, left };
      },
    },
  },
});
