import { MicroError, type Registry } from "@micro/kernel";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { failure, Inbox, onlyNode, text, topic, withFleet } from "./support/fleet.ts";
import { ask, foreign } from "./support/post.ts";

const test = suite("what is announced");

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

test("for 2016 a subscription is a service of its own, for 1.18 a node of one for all topics", async () => {
  await withFleet(async ({ broker, registry }) => {
    const ours = broker();
    await ours.subscribe(topic, () => {}, {});

    const [of2016] = await registry.getService("topic:topic.greeter");
    const [ofLater] = await registry.getService("go.micro.http.broker");

    const [first, second] = [of2016?.nodes[0], ofLater?.nodes[0]];
    assert.match(first?.id ?? "", new RegExp(`^broker-${uuid}\\.${uuid}$`));
    assert.equal({ ...first?.metadata }, { secure: "false" });
    assert.match(second?.id ?? "", new RegExp(`^topic\\.greeter\\.${uuid}$`));
    assert.equal({ ...second?.metadata }, { secure: "false", broker: "http", topic });
    assert.match(first?.address ?? "", /^127\.0\.0\.1:[1-9]\d*$/);
    assert.is(second?.address, first?.address);
    for (const record of [of2016, ofLater]) {
      assert.is(record?.version, "ff.http.broadcast");
      assert.equal(record?.endpoints, []);
    }
  });
});

test("the version is the queue group", async () => {
  await withFleet(async ({ broker, registry }) => {
    await broker().subscribe(topic, () => {}, { queue: "workers" });
    await broker().subscribe(topic, () => {}, { queue: "" });

    for (const name of ["topic:topic.greeter", "go.micro.http.broker"]) {
      const versions = (await registry.getService(name)).map(({ version }) => version);
      assert.equal(versions.sort(), ["ff.http.broadcast", "workers"]);
    }
  });
});

test("a generation that is not wanted is neither announced nor looked up", async () => {
  await withFleet(async ({ broker, registry }) => {
    const later = broker({ generations: ["1.18"] });
    const inbox = new Inbox();
    await later.subscribe(topic, inbox.handler, {});
    assert.equal(await registry.getService("topic:topic.greeter"), []);

    await broker({ generations: ["2016"] }).publish(topic, text("from 2016"));
    await later.publish(topic, text("from 1.18"));

    await inbox.holds(1);
    assert.equal(inbox.texts, ["from 1.18"]);
  });
});

test("both ids of a subscription are answered, each once", async () => {
  await withFleet(async ({ broker, registry }) => {
    const inbox = new Inbox();
    await broker().subscribe(topic, inbox.handler, {});
    const body = `{"Header":{":topic":"${topic}","Micro-Topic":"${topic}","Micro-Id":"1"},"Body":"aGk="}`;

    for (const name of ["topic:topic.greeter", "go.micro.http.broker"]) {
      const { address, id } = await onlyNode(registry, name);
      assert.is((await ask(address, `/_sub?id=${encodeURIComponent(id)}`, { body })).status, 200);
    }

    await inbox.holds(2);
    assert.equal(inbox.texts, ["hi", "hi"]);
    assert.equal({ ...inbox.messages[0]?.header }, { "Micro-Id": "1" });
  });
});

test("who is announced for both generations gets a message once, and in the form of 2016", async () => {
  await withFleet(async ({ broker, registry, defer }) => {
    const server = await foreign();
    defer(server.close);
    const metadata = { secure: "false", broker: "http", topic };
    const announce = (name: string, id: string): Promise<void> =>
      registry.register({
        name,
        version: "ff.http.broadcast",
        metadata: {},
        endpoints: [],
        nodes: [{ id, address: server.address, metadata }],
      });
    await announce("go.micro.http.broker", "topic.greeter.1");
    await announce("topic:topic.greeter", "broker-a.1");
    // One of go-micro 1.18, and one for another topic.
    await announce("go.micro.http.broker", "topic.greeter-1");
    await registry.register({
      name: "go.micro.http.broker",
      version: "ff.http.broadcast",
      metadata: {},
      endpoints: [],
      nodes: [{ id: "other-2", address: server.address, metadata: { ...metadata, topic: "other" } }],
    });

    await broker().publish(topic, text("hi", { "x-lower": "kept", ":topic": "forged", "Micro-Topic": "forged" }));

    assert.equal(server.requests.map(({ url, body }) => [url, body]).sort(), [
      ["/_sub?id=broker-a.1", '{"Header":{":topic":"topic.greeter","x-lower":"kept"},"Body":"aGk="}'],
      [
        "/_sub?id=topic.greeter-1",
        '{"Header":{":topic":"topic.greeter","Micro-Topic":"topic.greeter","x-lower":"kept"},"Body":"aGk="}',
      ],
    ]);
    assert.is(server.requests[0]?.contentType, "application/json");
  });
});

test("what is advertised replaces the host that was bound, and the port where it names one", async () => {
  await withFleet(async ({ broker, registry }) => {
    for (const [advertise, wanted] of [
      ["broker.example", /^broker\.example:[1-9]\d*$/],
      ["10.1.2.3:4567", /^10\.1\.2\.3:4567$/],
      ["[fd00::1]", /^\[fd00::1\]:[1-9]\d*$/],
    ] as const) {
      const subscription = await broker({ advertise }).subscribe(topic, () => {}, {});
      assert.match((await onlyNode(registry)).address, wanted);
      await subscription.close();
    }
    await broker({ address: ":0" }).subscribe(topic, () => {}, {});
    assert.match((await onlyNode(registry)).address, /^\d+\.\d+\.\d+\.\d+:[1-9]\d*$/);
    assert.not.match((await onlyNode(registry)).address, /^0\.0\.0\.0/);
  });
});

test("all subscriptions of a broker share one listener, on the first free port of a range", async () => {
  await withFleet(async ({ broker, registry }) => {
    const ours = broker();
    await ours.subscribe("one", () => {}, {});
    await ours.subscribe("two", () => {}, {});
    const { address } = await onlyNode(registry, "topic:one");
    assert.is((await onlyNode(registry, "topic:two")).address, address);

    const taken = Number(address.split(":")[1]);
    const next = broker({ address: `127.0.0.1:${taken}-${Math.min(taken + 50, 65_535)}` });
    await next.subscribe("three", () => {}, {});

    assert.ok(Number((await onlyNode(registry, "topic:three")).address.split(":")[1]) > taken);
  });
});

test("an address that cannot be bound fails the subscription and says what to do", async () => {
  await withFleet(async ({ broker, registry }) => {
    await broker().subscribe("one", () => {}, {});
    const { address } = await onlyNode(registry, "topic:one");
    for (const [wrong, wanted] of [
      [address, /in use; choose another port/],
      ["192.0.2.1:0", /no such address/],
      ["nats", /write it as host:port/],
      [":70000", /write it as host:port/],
      ["a b:1", /./],
    ] as const) {
      const error = await failure(
        "subscribing",
        broker({ address: wrong }).subscribe(topic, () => {}, {}),
      );
      assert.ok(MicroError.is(error));
      assert.match(error.message, wanted);
    }
    assert.equal(await registry.getService(`topic:${topic}`), []);
  });
});

test("after an address could not be bound the next subscription tries again", async () => {
  await withFleet(async ({ broker, registry }) => {
    const occupant = await foreign();
    const ours = broker({ address: occupant.address });
    await failure(
      "subscribing",
      ours.subscribe(topic, () => {}, {}),
    );

    await occupant.close();
    await ours.subscribe(topic, () => {}, {});

    assert.is((await onlyNode(registry)).address, occupant.address);
  });
});

test("what the registry refuses fails the subscription, and nothing stays of it", async () => {
  await withFleet(async ({ broker, registry }) => {
    const refusing = wrap(registry, {
      register: (record) =>
        record.name.startsWith("topic:") ? registry.register(record) : Promise.reject(new Error("no room")),
    });

    const error = await failure(
      "subscribing",
      broker({ registry: refusing }).subscribe(topic, () => {}, {}),
    );

    assert.match(String(error), /no room/);
    assert.equal(await registry.getService(`topic:${topic}`), []);
  });
});

test("topics and queues that cannot travel are refused", async () => {
  await withFleet(async ({ broker }) => {
    const ours = broker();
    for (const wrong of ["", "topic.*", ">", ":topic", "a b", "a\nb", "ü", "t".repeat(256), undefined as never]) {
      for (const work of [ours.publish(wrong, text("x")), ours.subscribe(wrong, () => {}, {})]) {
        const error = await failure(`using ${wrong}`, work);
        assert.ok(MicroError.is(error));
        assert.equal([error.code, error.notProcessed], [400, true]);
      }
    }
    for (const queue of ["ff.http.broadcast", "a\nb", "q".repeat(256)]) {
      assert.is(
        (
          (await failure(
            queue,
            ours.subscribe(topic, () => {}, { queue }),
          )) as MicroError
        ).code,
        400,
      );
    }
    await ours.subscribe("t".repeat(255), () => {}, { queue: "grüße" });
  });
});

function wrap(registry: Registry, changes: Partial<Registry>): Registry {
  return {
    name: registry.name,
    settleMs: registry.settleMs,
    register: (record) => registry.register(record),
    deregister: (record) => registry.deregister(record),
    getService: (name) => registry.getService(name),
    listServices: () => registry.listServices(),
    watch: (listener) => registry.watch(listener),
    close: () => registry.close(),
    ...changes,
  };
}

test.run();
