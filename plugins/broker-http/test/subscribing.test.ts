import { MicroError } from "@micro/kernel";
import { eventually, leaks, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { failure, gate, Inbox, limitMs, onlyNode, text, topic, withFleet } from "./support/fleet.ts";
import { ask } from "./support/post.ts";

const test = suite("subscribing");

test("messages are handled one at a time in the order in which they came", async () => {
  await withFleet(async ({ broker }) => {
    const steps: string[] = [];
    const ours = broker();
    const handle = async ({ header }: { header: Readonly<Record<string, string>> }): Promise<void> => {
      steps.push(`${header.Name} starts`);
      await new Promise((resolve) => setTimeout(resolve, header.Name === "a" ? 20 : 0));
      steps.push(`${header.Name} ends`);
    };
    await ours.subscribe(topic, handle, {});

    for (const name of ["a", "b"]) await ours.publish(topic, text("", { Name: name }));

    await eventually(limitMs, "the end", () => steps.length === 4);
    assert.equal(steps, ["a starts", "a ends", "b starts", "b ends"]);
  });
});

test("with a concurrency, so many are handled at a time", async () => {
  await withFleet(async ({ broker }) => {
    const { promise, open } = gate();
    let running = 0;
    const ours = broker({ concurrency: 2 });
    const handle = async (): Promise<void> => {
      running++;
      await promise;
    };
    await ours.subscribe(topic, handle, {});

    for (let count = 0; count < 3; count++) await ours.publish(topic, text(""));
    await eventually(limitMs, "two of them", () => running === 2);
    await ours.publish(topic, text(""));
    assert.is(running, 2);

    open();
    await eventually(limitMs, "all of them", () => running === 4);
  });
});

test("what is too much for a slow subscriber is answered 503 and counted, others get everything", async () => {
  for (const limits of [{ pendingMessages: 2 }, { pendingBytes: 120 }]) {
    await withFleet(async ({ broker, warnings }) => {
      const { promise, open } = gate();
      const [handled, inbox] = [new Inbox(), new Inbox()];
      const slow = broker({ limits });
      const handle = async (message: Parameters<Inbox["handler"]>[0]): Promise<void> => {
        await promise;
        handled.handler(message);
      };
      await slow.subscribe(topic, handle, {});
      await broker().subscribe(topic, inbox.handler, {});
      const publisher = broker();

      for (const name of ["1", "2", "3", "4"]) await publisher.publish(topic, text(name));
      open();

      await inbox.holds(4);
      await handled.holds(2);
      assert.equal([slow.stats.received, slow.stats.overflowed], [2, 2]);
      assert.equal([publisher.stats.delivered, publisher.stats.failed], [6, 2]);
      assert.ok(warnings.some(({ message }) => /too far behind/.test(message)));
      await publisher.publish(topic, text("5"));
      await handled.holds(3);
      assert.equal(handled.texts, ["1", "2", "5"]);
    });
  }
});

test("a handler that fails is counted and logged, and the publisher is told 200", async () => {
  await withFleet(async ({ broker, warnings }) => {
    const ours = broker();
    await ours.subscribe(topic, () => Promise.reject(new Error("no such name")), {});
    await ours.subscribe(topic, () => assert.unreachable("at once"), { queue: "workers" });

    await ours.publish(topic, text("hi"));

    await eventually(limitMs, "both failures", () => ours.stats.handlerErrors === 2);
    assert.is(ours.stats.delivered, 2);
    assert.equal(
      warnings.map(({ message, fields }) => [message, fields.topic]),
      [["a subscriber failed", topic]],
    );
  });
});

test("an unsubscribed handler is never called again, and its id is unknown", async () => {
  await withFleet(async ({ broker, registry }) => {
    const inbox = new Inbox();
    const ours = broker();
    const subscription = await ours.subscribe(topic, inbox.handler, {});
    const { address, id } = await onlyNode(registry);
    const later = await onlyNode(registry, "go.micro.http.broker");

    await within(limitMs, "closing", subscription.close());
    await within(limitMs, "closing again", subscription.close());

    assert.equal(await registry.getService(`topic:${topic}`), []);
    assert.equal(await registry.getService("go.micro.http.broker"), []);
    for (const each of [id, later.id]) {
      const body = `{"Header":{":topic":"${topic}"},"Body":null}`;
      assert.is((await ask(address, `/_sub?id=${each}`, { body })).status, 404);
    }
    assert.equal(inbox.messages, []);
  });
});

test("what was taken before is handled before closing ends, and nothing after", async () => {
  await withFleet(async ({ broker, registry }) => {
    const { promise, open } = gate();
    const handled: string[] = [];
    const ours = broker();
    const subscription = await ours.subscribe(
      topic,
      async ({ header }) => {
        await promise;
        handled.push(header.Name as string);
      },
      {},
    );
    const { address, id } = await onlyNode(registry);
    for (const name of ["1", "2", "3"]) await ours.publish(topic, text("", { Name: name }));

    const closing = subscription.close();
    await eventually(limitMs, "leaving the registry", async () => (await registry.listServices()).length === 0);
    const late = await ask(address, `/_sub?id=${id}`, { body: `{"Header":{":topic":"${topic}"},"Body":null}` });
    open();
    await within(limitMs, "closing", closing);

    assert.is(late.status, 404);
    await eventually(limitMs, "all of them", () => handled.length === 3);
    assert.is(ours.stats.dropped, 0);
  });
});

test("a handler that never ends does not keep its subscription, and what waits behind it is dropped", async () => {
  await withFleet(async ({ broker, warnings }) => {
    const { promise, open } = gate();
    let calls = 0;
    const ours = broker({ limits: { drainMs: 20 } });
    const subscription = await ours.subscribe(
      topic,
      () => {
        calls++;
        return promise;
      },
      {},
    );
    for (const name of ["1", "2", "3"]) await ours.publish(topic, text(name));
    await eventually(limitMs, "the first", () => calls === 1);

    await within(limitMs, "closing", subscription.close());
    open();
    await ours.publish(topic, text("4"));

    assert.equal([calls, ours.stats.dropped], [1, 2]);
    assert.ok(warnings.some(({ fields }) => fields.count === 2));
  });
});

test("a handler may end its own subscription", async () => {
  await withFleet(async ({ broker }) => {
    const ended = gate();
    const ours = broker();
    const subscription = await ours.subscribe(
      topic,
      async () => {
        await subscription.close();
        ended.open();
      },
      {},
    );

    await ours.publish(topic, text("hi"));

    await within(limitMs, "its end", ended.promise);
  });
});

test("what the registry refuses does not keep a subscription alive", async () => {
  await withFleet(async ({ broker, registry }) => {
    const inbox = new Inbox();
    const ours = broker();
    const subscription = await ours.subscribe(topic, inbox.handler, {});
    const { address, id } = await onlyNode(registry);
    const deaf = Object.assign(registry, { deregister: () => Promise.reject(new Error("gone")) });

    assert.match(String(await failure("closing", subscription.close())), /gone/);

    const body = `{"Header":{":topic":"${topic}"},"Body":null}`;
    assert.is((await ask(address, `/_sub?id=${id}`, { body })).status, 404);
    Reflect.deleteProperty(deaf, "deregister");
  });
});

test("a closed broker has no listener, and refuses to subscribe", async () => {
  const leaked = leaks(limitMs);
  await withFleet(async ({ broker, registry }) => {
    const ours = broker();
    await ours.subscribe(topic, () => {}, {});
    const { address } = await onlyNode(registry);
    const late = ours.subscribe("late", () => {}, {}).catch((error: unknown) => error);

    await within(limitMs, "closing", ours.close());

    assert.equal(await registry.listServices(), []);
    assert.match(String(await failure("asking", ask(address, "/_sub?id=x", {}))), /ECONNREFUSED/);
    assert.is(((await late) as MicroError).reason, "broker_closed");
    const error = await failure(
      "subscribing",
      ours.subscribe(topic, () => {}, {}),
    );
    assert.ok(MicroError.is(error));
    assert.equal([error.code, error.reason], [503, "broker_closed"]);
  });
  assert.equal(await leaked(), []);
});

test("more than all requests may hold is answered 503", async () => {
  await withFleet(async ({ broker, registry }) => {
    const ours = broker({ limits: { receivingBytes: 200_000 } });
    const inbox = new Inbox();
    await ours.subscribe(topic, inbox.handler, {});
    const { address, id } = await onlyNode(registry);
    const body = `{"Header":{":topic":"${topic}"},"Body":"${"A".repeat(400_000)}"}`;

    assert.is((await ask(address, `/_sub?id=${id}`, { body })).status, 503);
    assert.is(ours.stats.overflowed, 1);

    for (const name of ["a", "b"]) await ours.publish(topic, text(name.repeat(75_000)));
    await inbox.holds(2);
  });
});

test.run();
