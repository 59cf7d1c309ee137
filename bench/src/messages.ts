import { create, type DescMessage } from "@bufbuild/protobuf";
import {
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { messageSchemas } from "@micro/codec-proto-rpc";

// What protoc would make of a file, as the tables must run where there is no protoc.
const file = create(FileDescriptorProtoSchema, {
  name: "bench.proto",
  package: "bench",
  syntax: "proto3",
  messageType: [
    { name: "Request", field: [scalar("name", 1, Type.STRING)] },
    { name: "Response", field: [scalar("msg", 1, Type.STRING)] },
    {
      name: "Order",
      field: [
        scalar("number", 1, Type.INT32),
        message("customer", 2, ".bench.Customer"),
        Object.assign(message("items", 3, ".bench.Item"), { label: Label.REPEATED }),
      ],
    },
    { name: "Customer", field: [scalar("name", 1, Type.STRING), scalar("email", 2, Type.STRING)] },
    {
      name: "Item",
      field: [
        scalar("sku", 1, Type.STRING),
        scalar("title", 2, Type.STRING),
        scalar("quantity", 3, Type.INT32),
        message("price", 4, ".bench.Price"),
      ],
    },
    { name: "Price", field: [scalar("cents", 1, Type.INT32), scalar("currency", 2, Type.STRING)] },
  ],
});

const schema = messageSchemas(create(FileDescriptorSetSchema, { file: [file] }));

/** `{ name }`, what a greeter is asked. */
export const Request: DescMessage = schema("bench.Request");
/** `{ msg }`, what it answers. */
export const Response: DescMessage = schema("bench.Response");
/** A customer's order of some items. */
export const Order: DescMessage = schema("bench.Order");

function scalar(name: string, number: number, type: Type): FieldDescriptorProto {
  return create(FieldDescriptorProtoSchema, { name, number, type, label: Label.OPTIONAL });
}

function message(name: string, number: number, typeName: string): FieldDescriptorProto {
  return create(FieldDescriptorProtoSchema, { name, number, type: Type.MESSAGE, typeName, label: Label.OPTIONAL });
}
