import { defineService } from "@micro/kernel";

const visits = new Map<string, number>();
const maxGuests = 1000;

/** Keeps the guest book: the greeter calls it, and it calls the greeter. */
export default defineService({
  name: "go.micro.srv.guests",
  handlers: {
    Guests: {
      Visit: ({ name }: { name: string }) => {
        const count = (visits.get(name) ?? 0) + 1;
        if (visits.has(name) || visits.size < maxGuests) visits.set(name, count);
        return { visits: count };
      },
      async *Welcome({ names }: { names: readonly string[] }, { client }) {
        for (const name of names) {
          const { msg } = await client.call<{ msg: string }>("go.micro.srv.greeter", "Say.Hello", { name });
          yield { msg, visits: visits.get(name) };
        }
      },
    },
  },
});
