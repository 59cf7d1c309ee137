import { defineService } from "@micro/kernel";
import { items } from "../lib/items.ts";

let stock = new Map(items.map(({ sku }) => [sku, 100]));

/** Keeps the stock, and fills it up again when something runs out. */
export default defineService({
  name: "go.micro.srv.warehouse",
  handlers: {
    Stock: {
      Level: ({ sku }: { sku: string }) => ({ left: stock.get(sku) ?? 0 }),
      Reserve: ({ sku }: { sku: string }, { log }) => {
        const left = (stock.get(sku) ?? 0) - 1;
        if (left < 0) log.info("a delivery came", { sku });
        stock.set(sku, left < 0 ? 100 : left);
        return { left: Math.max(left, 0) };
      },
    },
  },
});

/** New code goes on with the stock of the old. */
export const hot = {
  handover: (): Map<string, number> => stock,
  accept(old: Map<string, number>): void {
    stock = old;
  },
};
