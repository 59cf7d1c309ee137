import assert from "node:assert/strict";
import { type Body, bodyBytes, type Codec, type Envelope, MicroError } from "@micro/wire";
import { assertNotPolluted, createNoise, type KitOptions } from "./kit.ts";

/** What {@link testCodec} takes. */
export interface CodecKitOptions extends KitOptions {
  readonly factory: () => Codec | Promise<Codec>;
  /** Values that come back as they were, with their schemas where the codec needs them. Plain data when absent. */
  readonly samples?: readonly CodecSample[];
  /** The schema to write and read everything else with, for a codec that needs one. */
  readonly schema?: unknown;
  /** Bodies made to harm this format: each may be read or be a MicroError, and nothing else. */
  readonly hostile?: readonly Body[];
  /** Requests as real peers write them, whose ids must come back as they were. */
  readonly requests?: readonly CodecRequest[];
  /** What this codec does; everything when absent. */
  readonly supports?: {
    /** The envelope of 2016. */
    readonly envelope?: boolean;
  };
}

/** A value that crosses unchanged. */
export interface CodecSample {
  readonly value: unknown;
  readonly schema?: unknown;
  /** What comes back where it is not the same: a schema fills in what is absent. */
  readonly expected?: unknown;
}

/** A request as bytes. */
export interface CodecRequest {
  readonly body: Body;
  readonly method: string;
  /** The id as it stands in the bytes, and must stand in those of the reply: `18446744073709551615`. */
  readonly id: Body;
}

/** Tests that a codec keeps the contract of {@link Codec}. */
export function testCodec(options: CodecKitOptions): void {
  const { test, factory, samples = plainSamples, schema, hostile = [], requests = [], supports = {} } = options;
  const first = samples[0] as CodecSample;

  function withCodec(name: string, run: (codec: Codec) => void): void {
    test(name, async () => run(await factory()));
  }

  withCodec("it says its name and its content types, lower case and without parameters", (codec) => {
    assert.ok(codec.name.length > 0);
    assert.ok(codec.contentTypes.length > 0);
    for (const contentType of codec.contentTypes) assert.match(contentType, /^[a-z0-9.+-]+\/[a-z0-9.+-]+$/);
  });

  withCodec("a value that was written is read as it was", (codec) => {
    for (const { value, schema: own = schema, expected = value } of samples) {
      assertSame(codec.decode(codec.encode(value, own), own), expected);
    }
  });

  withCodec("writing a value leaves it as it was", (codec) => {
    for (const { value, schema: own = schema } of samples) {
      const before = structuredClone(value);
      codec.encode(value, own);
      assertSame(value, before);
    }
  });

  withCodec("a value that was read has nothing in common with the one written", (codec) => {
    const value = structuredClone(first.value);
    const body = codec.encode(value, first.schema ?? schema);
    const copies = [codec.decode(body, first.schema ?? schema), codec.decode(body, first.schema ?? schema)];

    assert.notEqual(copies[0], value);
    assert.notEqual(copies[0], copies[1]);
  });

  withCodec("a body is text or bytes", (codec) => {
    for (const { value, schema: own = schema } of samples) {
      const body = codec.encode(value, own);
      assert.ok(typeof body === "string" || body instanceof Uint8Array);
    }
  });

  withCodec("text and its bytes are read alike", (codec) => {
    const body = codec.encode(first.value, first.schema ?? schema);
    const fromBytes = codec.decode(bodyBytes(body), first.schema ?? schema);

    assertSame(fromBytes, first.expected ?? first.value);
  });

  withCodec("an empty body and an absent value are the empty value", (codec) => {
    const empty = codec.decode("", schema);

    assertSame(codec.decode(new Uint8Array(0), schema), empty);
    assertSame(codec.decode(codec.encode(undefined, schema), schema), empty);
    assert.notEqual(empty, null);
  });

  withCodec("members named like what every object inherits pollute nothing", (codec) => {
    for (const text of pollution) {
      const value: unknown = JSON.parse(text);
      const outcome = tryTo(() => codec.decode(codec.encode(value, schema), schema));
      assert.equal((outcome as { polluted?: unknown })?.polluted, undefined);
      tryTo(() => codec.decode(text, schema));
      assertNotPolluted();
    }
  });

  withCodec("what is nested too deep is a MicroError, or is read", (codec) => {
    for (const text of deep) reads(400, () => codec.decode(text, schema));
    let value: unknown = 1;
    for (let depth = 0; depth < 20_000; depth++) value = { value };
    const body = tryTo(() => codec.encode(value, schema));
    if (isBody(body)) reads(400, () => codec.decode(body, schema));
  });

  withCodec("hostile bytes are a MicroError 400, or are read, and nothing else", (codec) => {
    const valid = samples.map(({ value, schema: own = schema }) => codec.encode(value, own));

    for (const body of [...hostile, ...noise(valid)]) reads(400, () => codec.decode(body, schema));

    assertNotPolluted();
  });

  withCodec("a body that was cut short is a MicroError, or is read", (codec) => {
    for (const { value, schema: own = schema } of samples) {
      for (const body of cuts(codec.encode(value, own))) reads(400, () => codec.decode(body, own));
    }
  });

  if (supports.envelope !== false) withEnvelope();

  function withEnvelope(): void {
    function envelopeTest(name: string, run: (envelope: Envelope) => void): void {
      withCodec(name, ({ envelope }) => {
        assert.ok(
          envelope !== undefined,
          "the codec has an envelope; say supports: { envelope: false } where it has none",
        );
        run(envelope);
      });
    }

    envelopeTest("a request is read as it was written: its method, its id, its value", (envelope) => {
      for (const { value, schema: own = schema, expected = value } of samples) {
        const request = envelope.readRequest(envelope.writeRequest("Say.Hello", 7, value, own));
        assert.equal(request.method, "Say.Hello");
        assert.equal(String(request.id), "7");
        assertSame(envelope.value(request.payload, own), expected);
      }
    });

    envelopeTest("a reply is read as it was written, without an error", (envelope) => {
      for (const { value, schema: own = schema, expected = value } of samples) {
        const reply = envelope.readReply(envelope.writeReply({ method: "Say.Hello", id: 0 }, value, own));
        assert.equal(reply.error, undefined);
        assertSame(envelope.value(reply.payload, own), expected);
      }
    });

    envelopeTest("the id of a request stands in its reply, to the last digit", (envelope) => {
      for (const id of [0, 1, 255, 65_536, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
        const head = envelope.readRequest(envelope.writeRequest("Say.Hello", id, first.value, first.schema ?? schema));
        assert.equal(String(head.id), String(id));
        const reply = envelope.readReply(envelope.writeReply(head, first.value, first.schema ?? schema));
        assert.equal(String(reply.id), String(id));
        assert.equal(String(envelope.readReply(envelope.writeError(head, "EOS")).id), String(id));
      }
    });

    for (const { body, method, id } of requests) {
      envelopeTest(`the id of a peer's request for ${method} stands in its reply, byte for byte: ${id}`, (envelope) => {
        const head = envelope.readRequest(body);

        assert.equal(head.method, method);
        const reply = Buffer.from(bodyBytes(envelope.writeReply(head, first.value, first.schema ?? schema)));
        assert.ok(reply.includes(Buffer.from(bodyBytes(id))), reply.toString("latin1"));
      });
    }

    envelopeTest("an absent value is the empty one, in requests and in replies, and never null", (envelope) => {
      const request = envelope.readRequest(envelope.writeRequest("Say.Hello", 0, undefined, schema));
      const reply = envelope.readReply(envelope.writeReply({ method: "Say.Hello", id: 0 }, undefined, schema));

      const empty = envelope.value(reply.payload, schema);
      assertSame(envelope.value(request.payload, schema), empty);
      assert.ok(empty !== null && empty !== undefined);
    });

    envelopeTest("an error is read as it was written", (envelope) => {
      const json = JSON.stringify(new MicroError("go.micro.srv.x", 500, 'it said "no"\n'));
      for (const error of ["EOS", json, "plain words", "grüße 世界 🎉", " "]) {
        const reply = envelope.readReply(envelope.writeError({ method: "Say.Hello", id: 3 }, error));
        assert.equal(reply.error, error);
        assert.equal(String(reply.id), "3");
      }
    });

    envelopeTest("hostile requests are a MicroError 400, or are read, and nothing else", (envelope) => {
      const valid = samples.map(({ value, schema: own = schema }) => envelope.writeRequest("Say.Hello", 1, value, own));
      for (const body of [...hostile, ...deep, ...pollution, ...valid.flatMap(cuts), ...noise(valid)]) {
        const request = reads(400, () => envelope.readRequest(body));
        if (request === undefined) continue;
        assert.equal(typeof request.method, "string");
        reads(400, () => envelope.value(request.payload, schema));
      }
      assertNotPolluted();
    });

    envelopeTest("hostile replies are a MicroError 502, or are read, and nothing else", (envelope) => {
      const head = { method: "Say.Hello", id: 1 };
      const valid = samples.map(({ value, schema: own = schema }) => envelope.writeReply(head, value, own));
      for (const body of [...hostile, ...deep, ...pollution, ...valid.flatMap(cuts), ...noise(valid)]) {
        const reply = reads(502, () => envelope.readReply(body));
        if (reply === undefined) continue;
        assert.ok(reply.error === undefined || typeof reply.error === "string");
        reads(400, () => envelope.value(reply.payload, schema));
      }
      assertNotPolluted();
    });
  }
}

const plainSamples: readonly CodecSample[] = [
  { value: { name: "John", age: 42, tags: ["a", "b"], nested: { deeper: { deepest: true } } } },
  { value: {} },
  { value: { empty: "", zero: 0, no: false, list: [], nothing: null } },
  { value: { text: 'grüße 世界 🎉 \u0000 \u2028 "quoted" \\ /', "": "an empty name" } },
  { value: { fraction: 0.1, large: Number.MAX_SAFE_INTEGER, negative: -1, tiny: 5e-324, huge: 1e300 } },
  { value: { id: 1, method: "Other.Method", error: "not an error", params: [1], result: { error: "neither" } } },
  { value: { many: Array.from({ length: 1000 }, (_none, index) => ({ index })) } },
];

const pollution: readonly string[] = [
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"method":"A.B","id":0,"params":[{"__proto__":{"polluted":true}}],"__proto__":{"polluted":true}}',
  '{"id":0,"error":null,"result":{"__proto__":{"polluted":true}},"__proto__":{"polluted":true}}',
];

const deep: readonly string[] = [
  "[".repeat(100_000),
  "[".repeat(100_000) + "]".repeat(100_000),
  `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
  `{"method":"A.B","id":0,"params":[${"[".repeat(100_000)}${"]".repeat(100_000)}]}`,
];

/** Bodies that were made without knowing the format, and valid ones with a few bytes changed. */
function noise(valid: readonly Body[]): Body[] {
  const below = createNoise(2016);
  const bodies: Body[] = ["\u0000", "null", "[]", '""', "0", "{", '"', "\ufeff{}", new Uint8Array([0xff, 0xfe, 0xfd])];
  bodies.push(new Uint8Array([0xff, 0xff, 0xff, 0xff]), new Uint8Array([0x80, 0, 0, 0]), new Uint8Array(64));
  for (let round = 0; round < 200; round++) {
    bodies.push(Uint8Array.from({ length: below(64) }, () => below(256)));
    const changed = Uint8Array.from(bodyBytes(valid[round % valid.length] as Body));
    for (let change = 0; change < 3 && changed.length > 0; change++) changed[below(changed.length)] = below(256);
    bodies.push(changed);
  }
  return bodies;
}

/** The beginnings of a body; of a long one not all. */
function cuts(body: Body): Uint8Array[] {
  const bytes = bodyBytes(body);
  const step = Math.max(1, Math.floor(bytes.length / 64));
  const beginnings: Uint8Array[] = [];
  for (let length = 0; length < bytes.length; length += step) beginnings.push(bytes.slice(0, length));
  return beginnings;
}

/** What was read, or `undefined` when it was refused as it must be. */
function reads<T>(code: number, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(MicroError.is(error), `a MicroError is thrown, not ${String(error)}`);
    assert.equal(error.code, code, error.detail);
    return undefined;
  }
}

function tryTo<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

function isBody(value: unknown): value is Body {
  return typeof value === "string" || value instanceof Uint8Array;
}

/** The same data; which prototype an object has is the codec's to choose. */
function assertSame(actual: unknown, expected: unknown): void {
  assert.deepEqual(withoutPrototypes(actual), withoutPrototypes(expected));
}

function withoutPrototypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (typeof value !== "object" || value === null) return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutPrototypes(member)]));
}
