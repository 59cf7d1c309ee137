import { defineService } from "@micro/kernel";

/** Writes to whoever ordered. Of several mail services one gets each order: they share a queue. */
export default defineService({
  name: "go.micro.srv.mail",
  subscribers: {
    "topic.orders": {
      queue: "mail",
      handler: ({ id, sku }: { id: string; sku: string }, { log }) => log.info("thank you", { order: id, sku }),
    },
  },
});
