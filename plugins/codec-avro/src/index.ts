export { codecAvro } from "./codec-avro.ts";

// To use the codec alone.
export { avroCodec } from "./avro-codec.ts";
export { avroMapping } from "./avro-mapping.ts";
