import { defineService, method, notFound } from "@micro/kernel";
import { items } from "../lib/items.ts";

/** Knows what the shop sells. */
export default defineService({
  name: "go.micro.srv.catalog",
  handlers: {
    Items: {
      List: method({ idempotent: true }, () => ({ items })),
      Get: method({ idempotent: true }, ({ sku }: { sku: string }) => {
        const item = items.find((one) => one.sku === sku);
        if (item === undefined) throw notFound("go.micro.srv.catalog", `nothing here is called "${sku}"`);
        return item;
      }),
    },
  },
});
