import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { avroCodec } from "@micro/codec-avro";
import { jsonRpcCodec } from "@micro/codec-json-rpc";
import { protoRpcCodec } from "@micro/codec-proto-rpc";
import { type Body, bodyLength } from "@micro/kernel";
import { repeat } from "../load.ts";
import { type Contestant, interleave, type Pace, type Samples } from "../rounds.ts";
import { byteCount, compared, type Line, nanosecondsEach, type Table } from "../table.ts";
import { type ExampleValue, greeting, order } from "../values.ts";

/** A small and a larger value in each format, beside plain JSON and beside the library that the codec calls. */
export async function measureCodec(pace: Pace): Promise<Table> {
  const lines: Line[] = [];
  for (const example of [greeting, order]) {
    const formats = formatsOf(example);
    lines.push(...sizeLines(example, formats));
    lines.push(...timeLines(`${example.name}, encode`, await interleave(formats.map(encoding), pace)));
    lines.push(...timeLines(`${example.name}, decode`, await interleave(formats.map(decoding), pace)));
  }
  return { title: "codec: a bare value, encoded and decoded", lines, notes };
}

/** One way to write a value and to read it again. */
interface Format {
  readonly name: string;
  readonly body: Body;
  encode(): Body;
  decode(): unknown;
}

function formatsOf({ value, message, type }: ExampleValue): Format[] {
  const init = value as MessageInitShape<typeof message>;
  return [
    format(
      "plain JSON",
      () => JSON.stringify(value),
      (text) => JSON.parse(text as string),
    ),
    format(
      "JSON",
      () => jsonRpcCodec.encode(value),
      (text) => jsonRpcCodec.decode(text),
    ),
    format(
      "protobuf",
      () => protoRpcCodec.encode(value, message),
      (bytes) => protoRpcCodec.decode(bytes, message),
    ),
    format(
      "protobuf-es",
      () => toBinary(message, create(message, init)),
      (bytes) => fromBinary(message, bytes as Uint8Array),
    ),
    format(
      "Avro",
      () => avroCodec.encode(value, type),
      (bytes) => avroCodec.decode(bytes, type),
    ),
    format(
      "avsc",
      () => type.toBuffer(value),
      (bytes) => type.fromBuffer(bytes as Buffer),
    ),
  ];
}

function format(name: string, encode: () => Body, decode: (body: Body) => unknown): Format {
  const written = encode();
  // A text that was put together of two would be joined while it is read for the first time. What is received is whole.
  const body = typeof written === "string" ? Buffer.from(written).toString() : written;
  return { name, body, encode, decode: () => decode(body) };
}

function encoding({ name, encode }: Format): Contestant {
  return { name, measure: async (ms) => repeat(() => encode().length, ms) };
}

function decoding({ name, decode }: Format): Contestant {
  return { name, measure: async (ms) => repeat(() => (decode() === undefined ? 0 : 1), ms) };
}

/** Each of ours beside plain JSON, then beside the library that it calls. */
const pairs = [
  ["JSON", "plain JSON"],
  ["protobuf", "plain JSON"],
  ["Avro", "plain JSON"],
  ["protobuf", "protobuf-es"],
  ["Avro", "avsc"],
] as const;

function sizeLines({ name }: ExampleValue, formats: readonly Format[]): Line[] {
  const sizes = new Map(formats.map((format) => [format.name, bodyLength(format.body)]));
  // What a codec checks adds no byte to what its library writes.
  return pairs.slice(0, 3).map(([ours, peer]) => {
    const [size, plain] = [sizes.get(ours) as number, sizes.get(peer) as number];
    return compared(`${name}, size: ${ours} | ${peer}`, byteCount(size), byteCount(plain), size / plain);
  });
}

function timeLines(what: string, samples: Samples): Line[] {
  const each = (name: string): string => nanosecondsEach(samples.median(name));
  // Times are turned round: a ratio above 1 is a cost.
  return pairs.map(([ours, peer]) =>
    compared(`${what}: ${ours} | ${peer}`, each(ours), each(peer), samples.ratio(peer, ours)),
  );
}

const notes = [
  "A ratio is that of two sizes or of two times: above 1 ours is larger or slower. Plain JSON is JSON.stringify and JSON.parse.",
  "All encode the same plain object; protobuf-es makes a message of it first, with and without our codec.",
  "JSON is text on both sides, and the others are bytes: what turns text into bytes for the wire is in none of the times.",
];
