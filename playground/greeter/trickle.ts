import { definePlugin, type Kernel, type Plugin } from "@micro/kernel";
import { RequestSchema, ResponseSchema } from "./gen/greeter_pb.ts";
import type guests from "./services/guests.ts";

/** Sends calls, a stream and a message through the system every other second, and prints what comes back. */
export function trickle(): Plugin {
  return definePlugin({
    name: "trickle",
    flags: {
      trickle_interval: { type: "duration", default: "2s", min: "10ms", description: "time between two rounds" },
    },
    setup({ hooks, flags, defer, log }) {
      hooks.ready.tap("trickle", (kernel) => {
        const round = (): void => {
          play(kernel).catch((error) => log.warn("a round failed", { error }));
        };
        const timer = setInterval(round, flags.trickle_interval);
        defer(() => clearInterval(timer));
        round();
      });
    },
  });
}

async function play({ client }: Kernel): Promise<void> {
  const greeter = "go.micro.srv.greeter";
  const book = client.of<typeof guests>("go.micro.srv.guests").Guests;

  const { msg } = await client.call<{ msg: string }>(greeter, "Say.Hello", { name: "John" });
  console.log(`call    Say.Hello {"name":"John"} → ${msg}`);
  const schemas = { input: RequestSchema, output: ResponseSchema, contentType: "application/protobuf" };
  const answer = await client.call<{ msg: string }>(greeter, "Say.Hello", { name: "Jane" }, schemas);
  console.log(`call    Say.Hello, in protobuf → ${answer.msg}`);
  for await (const greeting of book.Welcome.stream({ names: ["Ada", "Rob"] })) {
    console.log(`stream  Guests.Welcome → ${greeting.msg}, visit ${greeting.visits}`);
  }
  await client.publish("topic.greeter", { name: "everybody" });
  const failure = await client.call(greeter, "Say.Fail", { name: "Nobody" }).catch((error: unknown) => error);
  console.log(`error   Say.Fail → ${JSON.stringify(failure)}`);
}
