import { definePlugin, type Kernel, MicroError, type Plugin } from "@micro/kernel";
import { items } from "./lib/items.ts";
import type catalog from "./services/catalog.ts";
import type orders from "./services/orders.ts";
import type prices from "./services/prices.ts";

/** People in the shop: they look around, buy, and watch a price; one greets everybody. */
export function shoppers(): Plugin {
  return definePlugin({
    name: "shoppers",
    flags: {
      shopper_interval: { type: "duration", default: "500ms", min: "10ms", description: "time between two shoppers" },
    },
    setup({ hooks, flags, signal, log }) {
      hooks.ready.tap("shoppers", (kernel) => {
        const visit = (): void => {
          shop(kernel).catch((error: unknown) => {
            // A declined card is part of the play, and at closing time everybody leaves.
            const isExpected = signal.aborted || (MicroError.is(error) && error.code === 402);
            if (!isExpected) log.warn("a shopper left", { error });
          });
        };
        const timer = setInterval(visit, flags.shopper_interval);
        signal.addEventListener("abort", () => clearInterval(timer));
      });
    },
  });
}

async function shop({ client }: Kernel): Promise<void> {
  const item = items[Math.floor(Math.random() * items.length)] ?? { sku: "tea" };
  await client.of<typeof catalog>("go.micro.srv.catalog").Items.List({});
  await client.call("go.micro.srv.greeter", "Say.Hello", { name: "shopper" });
  for await (const _ of client.of<typeof prices>("go.micro.srv.prices").Prices.Watch.stream({ ...item, times: 2 }));
  if (Math.random() < 0.7) {
    await client.of<typeof orders>("go.micro.srv.orders").Orders.Place({ sku: item.sku, card: "4000 0000" });
  }
}
