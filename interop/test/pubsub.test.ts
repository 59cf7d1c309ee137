// Publishing and subscribing with the HTTP broker, both ways with each release of go-micro.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Kernel } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import { type Encoding, sentMetadata } from "../src/caller.ts";
import { type GoPeer, type GoRelease, type GoServer, goPeers } from "../src/go-peer.ts";
import { messages } from "../src/greeter-messages.ts";
import { brokerKernel, type OurSubscriber, ourSubscriber, type ReceivedMessage } from "../src/our-subscriber.ts";

const peers = await goPeers();
if (peers !== undefined) {
  testWith(peers["0.1"]);
  testWith(peers["1.18"]);
  testAllTogether(peers);
}

/** Everybody who subscribes to one topic, and a kernel of ours that publishes to it. */
interface Topic {
  readonly topic: string;
  readonly publisher: Kernel;
  readonly ours: readonly OurSubscriber[];
  readonly theirs: readonly GoServer[];
}

function testWith(go: GoPeer): void {
  const test = suite<Topic>(`publishing with go-micro ${go.release}`);
  test.before(async (context) => {
    Object.assign(context, await startTopic({ theirs: [[go]], ours: [undefined, undefined] }));
  });
  test.after(stopTopic);

  for (const encoding of ["json", "proto"] as const) {
    test(`a message of go-micro's reaches our subscribers and its own once each, in ${encoding}`, async (topic) => {
      const name = await publishUntilHeard(go, topic, encoding);

      for (const received of inboxesOf(topic)) {
        const [message, ...more] = received().filter((each) => each.name === name);
        assert.deepEqual(more, []);
        assert.deepEqual(pick(message?.metadata, Object.keys(sentMetadata)), sentMetadata);
      }
    });
  }

  // As bytes of no known kind, its default, a go-micro of 2016 takes protobuf; for a later one bytes are bytes.
  for (const contentType of ["application/json", "application/protobuf", ...octetStream(go.release)]) {
    test(`a message of ours reaches go-micro's subscriber and ours once each, as ${contentType}`, async (topic) => {
      const name = randomWord();
      await publishByUs(topic, name, contentType);
      await publishByUs(topic, `after ${name}`, contentType);

      await untilHeard(topic, `after ${name}`);
      for (const received of inboxesOf(topic)) {
        const [message, ...more] = received().filter((each) => each.name === name);
        assert.deepEqual(more, []);
        assert.equal(message?.metadata["X-User-Id"], "john");
      }
    });
  }

  test.run();
  testQueues(go);
}

function testQueues(go: GoPeer): void {
  const test = suite<Topic>(`queue groups with go-micro ${go.release}`);
  const groups = ["mail", "log"];
  test.before(async (context) => {
    Object.assign(
      context,
      await startTopic({
        theirs: [
          [go, "mail"],
          [go, "log"],
        ],
        ours: groups,
      }),
    );
  });
  test.after(stopTopic);

  test("one subscriber of each group gets a message of ours", async (topic) => {
    const names = Array.from({ length: 20 }, () => randomWord());
    for (const name of names) await publishByUs(topic, name, "application/protobuf");

    for (const group of groupsOf(topic)) {
      const heard = (): readonly string[] => group().filter((name) => names.includes(name));
      await eventually(5000, "every message in the group", () => heard().length >= names.length);
      assert.deepEqual([...heard()].sort(), [...names].sort());
    }
  });

  test("over many messages of ours each subscriber gets some", async (topic) => {
    for (let n = 0; n < 60; n++) await publishByUs(topic, randomWord(), "application/protobuf");

    for (const received of inboxesOf(topic)) await eventually(5000, "a message", () => received().length > 0);
  });

  test("one subscriber of each group gets a message of go-micro's", async (topic) => {
    const name = await publishUntilHeard(go, topic, "proto", groupsOf);

    for (const group of groupsOf(topic)) assert.equal(group().filter((each) => each === name).length, 1);
  });

  test.run();
}

function testAllTogether(all: Readonly<Record<GoRelease, GoPeer>>): void {
  const test = suite("publishing to all kinds of subscribers");

  // go-micro of 2016 sends to those without a queue and then, maybe, to no group.
  test("a message of ours reaches those without a queue and every group, of both releases", async () => {
    const topic = await startTopic({
      theirs: [[all["0.1"]], [all["1.18"]], [all["0.1"], "old"], [all["1.18"], "later"]],
      ours: [undefined, "ours"],
    });
    try {
      const name = randomWord();
      await publishByUs(topic, name, "application/protobuf");
      await publishByUs(topic, `after ${name}`, "application/protobuf");

      await untilHeard(topic, `after ${name}`);
      for (const received of inboxesOf(topic)) assert.equal(received().filter((each) => each.name === name).length, 1);
    } finally {
      await stopTopic(topic);
    }
  });

  test.run();
}

interface Subscribers {
  /** Programs with their queue groups, if any. */
  readonly theirs: readonly (readonly [go: GoPeer, queue?: string])[];
  /** The queue groups of ours, `undefined` for none. */
  readonly ours: readonly (string | undefined)[];
}

async function startTopic(subscribers: Subscribers): Promise<Topic> {
  const topic = `topic.${randomWord()}`;
  const publisher = await brokerKernel();
  const ours: OurSubscriber[] = [];
  const theirs: GoServer[] = [];
  const started = { topic, publisher, ours, theirs };
  try {
    for (const queue of subscribers.ours) ours.push(await ourSubscriber(topic, queue));
    for (const [go, queue] of subscribers.theirs) {
      theirs.push(await go.serve({ topic, ...(queue !== undefined && { queue }) }));
    }
    const count = subscribers.ours.length + subscribers.theirs.length;
    await eventually(10_000, `${count} subscribers`, async () => (await countSubscribers(started)) === count);
    return started;
  } catch (error) {
    await stopTopic(started);
    throw error;
  }
}

async function stopTopic({ publisher, ours, theirs }: Topic): Promise<void> {
  await Promise.all(
    [...(theirs ?? []), ...(ours ?? []), ...(publisher === undefined ? [] : [publisher])].map((each) => each.stop()),
  );
}

/** How many of them the registry of our publisher knows; one of ours is there under the names of both releases. */
async function countSubscribers({ topic, publisher }: Topic): Promise<number> {
  const registry = publisher.get("registry");
  const old = await registry.getService(`topic:${topic}`);
  const later = await registry.getService("go.micro.http.broker");
  const addresses = [...old, ...later].flatMap(({ nodes }) =>
    nodes.filter(({ metadata }) => metadata.topic === undefined || metadata.topic === topic),
  );
  return new Set(addresses.map(({ address }) => address)).size;
}

/**
 * Publishes by go-micro until a message was heard by all, and returns its name. It waits 100 ms for answers to its
 * lookup, and for a few seconds after a node has been announced in two domains of mDNS it may take it for two.
 */
async function publishUntilHeard(
  go: GoPeer,
  topic: Topic,
  encoding: Encoding,
  listeners: (topic: Topic) => readonly (() => readonly string[])[] = (each) => inboxesOf(each).map(namesOf),
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const name = randomWord();
    await go.run(["publish", topic.topic, JSON.stringify({ name }), encoding]);
    const heard = listeners(topic).map((names) => eventually(2000, name, () => names().includes(name)));
    const missed = (await Promise.allSettled(heard)).filter(({ status }) => status === "rejected");
    if (missed.length === 0) return name;
    assert.ok(attempt < 5, `${missed.length} of ${heard.length} did not hear the last of ${attempt} messages`);
  }
}

function publishByUs({ topic, publisher }: Topic, name: string, contentType: string): Promise<void> {
  const options = { contentType, input: messages.Request, metadata: { "X-User-Id": "john" } };
  return within(5000, "the publishing", publisher.client.publish(topic, { name }, options));
}

async function untilHeard(topic: Topic, name: string): Promise<void> {
  for (const received of inboxesOf(topic)) {
    await eventually(5000, `"${name}"`, () => received().some((each) => each.name === name));
  }
}

type Inbox = () => readonly ReceivedMessage[];

/** What each subscriber got so far. */
function inboxesOf({ ours, theirs }: Topic): readonly Inbox[] {
  return [
    ...ours.map(
      ({ received }) =>
        () =>
          received,
    ),
    ...theirs.map((server) => () => messagesOf(server)),
  ];
}

/** The names that each of the groups "mail" and "log" got: the first of ours and of theirs, and the second. */
function groupsOf({ ours, theirs }: Topic): readonly (() => readonly string[])[] {
  return ours.map((our, index) => () => {
    const their = theirs[index];
    return [...our.received, ...(their === undefined ? [] : messagesOf(their))].map(({ name }) => name);
  });
}

function messagesOf(server: GoServer): readonly ReceivedMessage[] {
  return server.lines.filter(({ event }) => event === "message") as unknown as readonly ReceivedMessage[];
}

function namesOf(inbox: Inbox): () => readonly string[] {
  return () => inbox().map(({ name }) => name);
}

function octetStream(release: GoRelease): readonly string[] {
  return release === "0.1" ? ["application/octet-stream"] : [];
}

function pick(
  metadata: Readonly<Record<string, string>> | undefined,
  names: readonly string[],
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(names.map((name) => [name, metadata?.[name]]));
}

function randomWord(): string {
  return randomBytes(6).toString("hex");
}
