import { createServer } from "node:net";
import { MicroError } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { failure, Inbox, limitMs, text, topic, withFleet } from "./support/fleet.ts";
import { foreign } from "./support/post.ts";

const test = suite("publishing");

const names = Array.from({ length: 40 }, (_, at) => `message ${at}`);

test("in a queue group each message goes to one member, and all members get some", async () => {
  await withFleet(async ({ broker }) => {
    const members = [new Inbox(), new Inbox()];
    for (const member of members) await broker().subscribe(topic, member.handler, { queue: "workers" });
    const publisher = broker();

    for (const name of names) await publisher.publish(topic, text(name));

    await eventually(limitMs, "all of them", () => members.flatMap(({ texts }) => texts).length >= names.length);
    assert.equal(members.flatMap(({ texts }) => texts).sort(), [...names].sort());
    for (const { texts } of members) assert.ok(texts.length > 0);
    assert.is(publisher.stats.delivered, names.length);
  });
});

test("a member of one generation and one of the other are one group", async () => {
  await withFleet(async ({ broker }) => {
    const members = [new Inbox(), new Inbox()];
    await broker({ generations: ["2016"] }).subscribe(topic, members[0]?.handler as () => void, { queue: "workers" });
    await broker({ generations: ["1.18"] }).subscribe(topic, members[1]?.handler as () => void, { queue: "workers" });
    const publisher = broker();

    for (const name of names) await publisher.publish(topic, text(name));

    await eventually(limitMs, "all of them", () => members.flatMap(({ texts }) => texts).length >= names.length);
    assert.equal(members.flatMap(({ texts }) => texts).sort(), [...names].sort());
    for (const { texts } of members) assert.ok(texts.length > 0);
  });
});

test("queue groups get a message also where there are subscribers without one", async () => {
  await withFleet(async ({ broker }) => {
    const [everybody, one, two] = [new Inbox(), new Inbox(), new Inbox()];
    const ours = broker();
    await ours.subscribe(topic, everybody.handler, {});
    await ours.subscribe(topic, one.handler, { queue: "one" });
    await ours.subscribe(topic, two.handler, { queue: "two" });

    await broker().publish(topic, text("hi"));

    for (const inbox of [everybody, one, two]) {
      await inbox.holds(1);
      assert.equal(inbox.texts, ["hi"]);
    }
  });
});

test("messages that are published one after the other arrive in that order", async () => {
  await withFleet(async ({ broker }) => {
    const inbox = new Inbox();
    await broker().subscribe(topic, inbox.handler, {});
    const publisher = broker();

    for (const name of names) await publisher.publish(topic, text(name));

    await inbox.holds(names.length);
    assert.equal(inbox.texts, names);
  });
});

test("a subscriber that is gone is counted and logged, and the others get the message", async () => {
  await withFleet(async ({ broker, announce, warnings }) => {
    const inbox = new Inbox();
    await broker().subscribe(topic, inbox.handler, {});
    await announce({ address: await closedPort() });
    const publisher = broker();

    await publisher.publish(topic, text("hi"));

    await inbox.holds(1);
    assert.equal([publisher.stats.delivered, publisher.stats.failed], [1, 1]);
    assert.equal(
      warnings.map(({ message, fields }) => [message, fields.topic, fields.why]),
      [["a message did not reach a subscriber", topic, "it could not be reached"]],
    );
  });
});

test("when a member of a queue group is gone, or does not take the message, another one gets it", async () => {
  for (const status of [undefined, 404, 503]) {
    await withFleet(async ({ broker, announce, defer }) => {
      const inbox = new Inbox();
      await broker().subscribe(topic, inbox.handler, { queue: "workers" });
      const server = status === undefined ? undefined : await foreign(status);
      if (server !== undefined) defer(server.close);
      await announce({ address: server?.address ?? (await closedPort()) }, "workers");
      const publisher = broker();

      for (const name of names) await publisher.publish(topic, text(name));

      await inbox.holds(names.length);
      assert.equal(inbox.texts, names);
      const { delivered, failed, retried } = publisher.stats;
      assert.equal([delivered, failed], [names.length, 0]);
      assert.ok(retried > 0);
    });
  }
});

test("a member of a queue group that may have taken the message is not doubled by another one", async () => {
  for (const status of [500, 301]) {
    await withFleet(async ({ broker, announce, defer }) => {
      const servers = [await foreign(status), await foreign(status)];
      for (const { address, close } of servers) {
        defer(close);
        await announce({ address }, "workers");
      }
      const publisher = broker();

      for (const name of names) await publisher.publish(topic, text(name));

      assert.is(servers.flatMap(({ requests }) => requests).length, names.length);
      assert.equal([publisher.stats.failed, publisher.stats.retried], [names.length, 0]);
    });
  }
});

test("without a subscriber nothing happens, and is counted", async () => {
  await withFleet(async ({ broker }) => {
    const publisher = broker();

    await publisher.publish(topic, text("hi"));

    const { published, unheard, failed } = publisher.stats;
    assert.equal([published, unheard, failed], [1, 1, 0]);
  });
});

test("a subscriber that does not answer is given up, and holds up nobody else", async () => {
  await withFleet(async ({ broker, announce, defer }) => {
    const silent = await foreign(0);
    defer(silent.close);
    await announce({ address: silent.address });
    const inbox = new Inbox();
    await broker().subscribe("other", inbox.handler, {});
    const publisher = broker({ limits: { sendTimeoutMs: 300, postsPerAddress: 1, posts: 2 } });

    const stuck = [publisher.publish(topic, text("1")), publisher.publish(topic, text("2"))];
    await within(limitMs, "the other topic", publisher.publish("other", text("hi")));
    await inbox.holds(1);
    await within(limitMs, "giving up", Promise.all(stuck));

    assert.equal([publisher.stats.delivered, publisher.stats.failed], [1, 2]);
    assert.is(silent.requests.length, 1);
  });
});

test("what cannot be posted to is passed over", async () => {
  await withFleet(async ({ broker, announce }) => {
    const inbox = new Inbox();
    await broker().subscribe(topic, inbox.handler, {});
    for (const address of ["nowhere", "a b:80", "127.0.0.1:0", "127.0.0.1:65536", "[::1", "x\r\ny:80"]) {
      await announce({ address });
    }
    await announce({ address: "127.0.0.1:1", id: "broker-\ud800" });
    const publisher = broker();

    await publisher.publish(topic, text("hi"));

    await inbox.holds(1);
    assert.equal([publisher.stats.delivered, publisher.stats.failed], [1, 0]);
  });
});

test("nothing is posted to where no node is, such as a cloud's metadata, also behind a name", async () => {
  await withFleet(async ({ broker, announce }) => {
    const inbox = new Inbox();
    await broker().subscribe(topic, inbox.handler, {});
    for (const address of ["169.254.169.254:80", "[fe80::1]:80", "0.0.0.0:80", "224.0.0.1:80"])
      await announce({ address });
    await announce({ address: "2852039166:80" });
    const publisher = broker();

    await publisher.publish(topic, text("hi"));

    await inbox.holds(1);
    assert.equal([publisher.stats.delivered, publisher.stats.failed], [1, 1]);
  });
});

test("the id of a node cannot change what is asked for", async () => {
  await withFleet(async ({ broker, announce, defer }) => {
    const server = await foreign();
    defer(server.close);
    await announce({ address: server.address, id: "a&id=b#c /../ü" });

    await broker().publish(topic, text("hi"));

    assert.is(server.requests[0]?.url, "/_sub?id=a%26id%3Db%23c%20%2F..%2F%C3%BC");
  });
});

test("a message that nobody would take is refused before it is sent", async () => {
  await withFleet(async ({ broker, defer, announce }) => {
    const server = await foreign();
    defer(server.close);
    await announce({ address: server.address });
    const publisher = broker();
    const wrong = [
      [413, text("x".repeat(3.2 * 1024 * 1024))],
      [400, text("", { A: "b\r\nC: d" })],
      [400, text("", { "A\u0000": "b" })],
      [400, text("", { A: "\ud800" })],
      [400, text("", { A: 1 as never })],
    ] as const;

    for (const [code, message] of wrong) {
      const error = await failure("publishing", publisher.publish(topic, message));
      assert.ok(MicroError.is(error));
      assert.equal([error.code, error.notProcessed], [code, true]);
    }
    assert.equal([server.requests.length, publisher.stats.published], [0, 0]);
  });
});

test("more than may be under way is refused, and room comes back", async () => {
  for (const limits of [{ publishingMessages: 2 }, { publishingBytes: 250 }]) {
    await withFleet(async ({ broker, announce, defer }) => {
      const silent = await foreign(0);
      defer(silent.close);
      await announce({ address: silent.address });
      const publisher = broker({ limits: { ...limits, sendTimeoutMs: 500 } });
      const body = text("x".repeat(40));

      const stuck = [publisher.publish(topic, body), publisher.publish(topic, body)];
      const error = await failure("the third", publisher.publish(topic, body));

      assert.ok(MicroError.is(error));
      assert.equal([error.code, error.reason, error.notProcessed], [503, "broker_overloaded", true]);
      await within(limitMs, "giving up", Promise.all(stuck));
      await within(limitMs, "the next", publisher.publish("other", body));
    });
  }
});

test("when the registry cannot tell who subscribed, the publisher hears of it", async () => {
  await withFleet(async ({ broker, registry }) => {
    const publisher = broker();
    await registry.close();

    const error = await failure("publishing", publisher.publish(topic, text("hi")));

    assert.is((error as MicroError).reason, "registry_unavailable");
  });
});

test("connections are kept, and an answer that goes on for ever is cut", async () => {
  await withFleet(async ({ broker, announce, defer }) => {
    let connections = 0;
    const endless = createServer((socket) => {
      connections++;
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
        for (let part = 0; part < 20; part++) socket.write("x".repeat(16_384));
      });
    });
    await new Promise<void>((resolve) => endless.listen(0, "127.0.0.1", resolve));
    defer(() => endless.close());
    const kept = await foreign();
    defer(kept.close);
    kept.server.on("connection", () => connections++);
    await announce({ address: `127.0.0.1:${(endless.address() as { port: number }).port}` });
    const publisher = broker();
    await within(limitMs, "the endless answer", publisher.publish(topic, text("hi")));
    assert.equal([connections, publisher.stats.delivered], [1, 1]);

    await announce({ address: kept.address, id: "broker-b.1" }, "workers");
    connections = 0;
    const queueOnly = { ...text("hi") };
    await publisher.publish(topic, queueOnly);
    await publisher.publish(topic, queueOnly);

    assert.is(kept.requests.length, 2);
    // One to the endless for each of two messages, and one for both to the other.
    assert.is(connections, 3);
  });
});

test("closing gives what is being published a moment, then ends it", async () => {
  await withFleet(async ({ broker, announce, defer }) => {
    const [silent, answering] = [await foreign(0), await foreign()];
    defer(silent.close);
    defer(answering.close);
    await announce({ address: silent.address });
    await announce({ address: answering.address });
    const publisher = broker({ limits: { postsPerAddress: 1 } });

    const published = [publisher.publish(topic, text("1")), publisher.publish(topic, text("2"))];
    await within(limitMs, "closing", publisher.close());
    await within(limitMs, "publishing", Promise.all(published));

    assert.is(answering.requests.length, 2);
    assert.equal([publisher.stats.delivered, publisher.stats.failed], [2, 2]);
    const refused = await failure("publishing", publisher.publish(topic, text("late")));
    assert.is((refused as MicroError).reason, "broker_closed");
  });
});

/** An address on which nobody listens. */
async function closedPort(): Promise<string> {
  const server = await foreign();
  await server.close();
  return server.address;
}

test.run();
