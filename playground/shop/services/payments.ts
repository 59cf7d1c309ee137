import { setTimeout as pause } from "node:timers/promises";
import { defineService, MicroError } from "@micro/kernel";

/** Takes the money: slower than the rest, and now and then a card is declined. */
export default defineService({
  name: "go.micro.srv.payments",
  handlers: {
    Payments: {
      Charge: async ({ card, cents }: { card: string; cents: number }, { signal }) => {
        await pause(20 + 60 * Math.random(), undefined, { signal });
        if (Math.random() < 0.1) throw new MicroError("go.micro.srv.payments", 402, `card ${card} was declined`);
        return { charged: cents };
      },
    },
  },
});
