import { createFileRegistry, type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorSet, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/**
 * Finds message schemas by their full name in compiled `.proto` files, where no code was generated from them.
 *
 * @param set what `protoc --include_imports --descriptor_set_out=greeter.pb greeter.proto` wrote, or its message
 *
 * @throws TypeError from the function it returns, for a name that the files do not have
 *
 * @example
 * const schema = messageSchemas(readFileSync("greeter.pb"));
 * const Say = { Hello: method({ input: schema("greeter.Request"), output: schema("greeter.Response") }, …) };
 */
export function messageSchemas(set: Uint8Array | FileDescriptorSet): (typeName: string) => DescMessage {
  const registry = createFileRegistry(set instanceof Uint8Array ? fromBinary(FileDescriptorSetSchema, set) : set);
  return (typeName) => {
    const schema = registry.getMessage(typeName);
    if (schema !== undefined) return schema;
    const known = Array.from(registry).flatMap((type) => (type.kind === "message" ? [type.typeName] : []));
    throw new TypeError(`there is no message "${typeName}"; there is ${known.join(", ") || "none at all"}`);
  };
}
