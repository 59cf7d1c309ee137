import { type DescMessage, fromJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { messageSchemas } from "@micro/codec-proto-rpc";

type Field = readonly [name: string, type: "string" | "int64"];

const schemaOf = messageSchemas(
  fromJson(FileDescriptorSetSchema, {
    file: [
      {
        name: "greeter.proto",
        package: "greeter",
        syntax: "proto3",
        messageType: [
          { name: "Request", field: fields(["name", "string"], ["delay_ms", "int64"]) },
          {
            name: "Response",
            field: [...fields(["msg", "string"]), mapField("metadata", 2, ".greeter.Response.MetadataEntry")],
            nestedType: [
              {
                name: "MetadataEntry",
                field: fields(["key", "string"], ["value", "string"]),
                options: { mapEntry: true },
              },
            ],
          },
          { name: "Count", field: fields(["count", "int64"]) },
          { name: "Item", field: fields(["n", "int64"]) },
        ],
      },
    ],
  }),
);

/** The messages of greeter.proto, as protoc would make them of it; the tests run where there is no protoc. */
export const messages = {
  Request: schemaOf("greeter.Request"),
  Response: schemaOf("greeter.Response"),
  Count: schemaOf("greeter.Count"),
  Item: schemaOf("greeter.Item"),
} satisfies Readonly<Record<string, DescMessage>>;

/** What goes into a method of greeter.proto and what comes out. A method that it does not have looks like Hello. */
export function schemasOf(method: string): { readonly input: DescMessage; readonly output: DescMessage } {
  const { Request, Response, Count, Item } = messages;
  if (method === "Say.Stream") return { input: Count, output: Item };
  if (method === "Say.Echo") return { input: Item, output: Item };
  return { input: Request, output: Response };
}

function fields(...list: readonly Field[]) {
  return list.map(([name, type], index) => ({
    name,
    number: index + 1,
    type: `TYPE_${type.toUpperCase()}`,
    label: "LABEL_OPTIONAL",
  }));
}

function mapField(name: string, number: number, typeName: string) {
  return { name, number, type: "TYPE_MESSAGE", typeName, label: "LABEL_REPEATED" };
}
