import { create, type DescMessage } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FieldOptions_JSType,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
  file_google_protobuf_struct,
  file_google_protobuf_wrappers,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { messageSchemas } from "../../src/index.ts";

// What protoc would make of two files, as tests must run where there is no protoc.

const jsString = create(FieldOptionsSchema, { jstype: FieldOptions_JSType.JS_STRING });

/** The greeter of go-micro's examples, as its peers serve it. */
const greeterFile = create(FileDescriptorProtoSchema, {
  name: "greeter.proto",
  package: "greeter",
  syntax: "proto3",
  messageType: [
    { name: "Request", field: [scalar("name", 1, Type.STRING), scalar("delay_ms", 2, Type.INT64)] },
    {
      name: "Response",
      field: [scalar("msg", 1, Type.STRING), listOf(message("metadata", 2, ".greeter.Response.MetadataEntry"))],
      nestedType: [mapEntry("MetadataEntry", scalar("key", 1, Type.STRING), scalar("value", 2, Type.STRING))],
    },
    { name: "Count", field: [scalar("count", 1, Type.INT64)] },
    { name: "Item", field: [scalar("n", 1, Type.INT64)] },
  ],
});

const scalarTypes = {
  a_double: Type.DOUBLE,
  a_float: Type.FLOAT,
  an_int32: Type.INT32,
  an_int64: Type.INT64,
  a_uint32: Type.UINT32,
  a_uint64: Type.UINT64,
  a_sint32: Type.SINT32,
  a_sint64: Type.SINT64,
  a_fixed32: Type.FIXED32,
  a_fixed64: Type.FIXED64,
  an_sfixed32: Type.SFIXED32,
  an_sfixed64: Type.SFIXED64,
  a_bool: Type.BOOL,
  a_string: Type.STRING,
  a_bytes: Type.BYTES,
};

/** One message with everything that protobuf has. */
const everythingFile = create(FileDescriptorProtoSchema, {
  name: "everything.proto",
  package: "test",
  syntax: "proto3",
  dependency: ["google/protobuf/wrappers.proto", "google/protobuf/struct.proto"],
  enumType: [
    {
      name: "Color",
      value: [
        { name: "UNKNOWN", number: 0 },
        { name: "RED", number: 1 },
        { name: "BLUE", number: -2 },
      ],
    },
  ],
  messageType: [
    {
      name: "Everything",
      oneofDecl: [{ name: "choice" }, { name: "_optional_number" }],
      field: [
        ...Object.entries(scalarTypes).map(([name, type], index) => scalar(name, index + 1, type)),
        Object.assign(scalar("a_color", 20, Type.ENUM), { typeName: ".test.Color" }),
        message("a_child", 21, ".test.Everything"),
        listOf(scalar("many_longs", 22, Type.INT64)),
        listOf(scalar("many_strings", 23, Type.STRING)),
        listOf(message("many_children", 24, ".test.Everything")),
        listOf(message("by_name", 25, ".test.Everything.ByNameEntry")),
        listOf(message("by_number", 26, ".test.Everything.ByNumberEntry")),
        listOf(message("by_flag", 27, ".test.Everything.ByFlagEntry")),
        Object.assign(scalar("chosen_text", 28, Type.STRING), { oneofIndex: 0 }),
        Object.assign(message("chosen_child", 29, ".test.Everything"), { oneofIndex: 0 }),
        Object.assign(scalar("optional_number", 30, Type.INT32), { oneofIndex: 1, proto3Optional: true }),
        message("a_wrapper", 31, ".google.protobuf.Int64Value"),
        message("a_struct", 32, ".google.protobuf.Struct"),
        scalar("__proto__", 33, Type.STRING),
        Object.assign(scalar("long_as_text", 34, Type.INT64), { options: jsString }),
        listOf(Object.assign(scalar("many_colors", 35, Type.ENUM), { typeName: ".test.Color" })),
        Object.assign(scalar("chosen_long", 36, Type.UINT64), { oneofIndex: 0 }),
        Object.assign(scalar("chosen_bytes", 37, Type.BYTES), { oneofIndex: 0 }),
      ],
      nestedType: [
        mapEntry("ByNameEntry", scalar("key", 1, Type.STRING), message("value", 2, ".test.Everything")),
        mapEntry("ByNumberEntry", scalar("key", 1, Type.INT64), scalar("value", 2, Type.STRING)),
        mapEntry("ByFlagEntry", scalar("key", 1, Type.BOOL), scalar("value", 2, Type.BYTES)),
      ],
    },
  ],
});

/** Both files and what they import. */
export const fileSet: FileDescriptorSet = create(FileDescriptorSetSchema, {
  file: [file_google_protobuf_wrappers.proto, file_google_protobuf_struct.proto, greeterFile, everythingFile],
});

const schema = messageSchemas(fileSet);

export const Request: DescMessage = schema("greeter.Request");
export const Response: DescMessage = schema("greeter.Response");
export const Count: DescMessage = schema("greeter.Count");
export const Item: DescMessage = schema("greeter.Item");
export const Everything: DescMessage = schema("test.Everything");

function scalar(name: string, number: number, type: Type): FieldDescriptorProto {
  return create(FieldDescriptorProtoSchema, { name, number, type, label: Label.OPTIONAL });
}

function message(name: string, number: number, typeName: string): FieldDescriptorProto {
  return create(FieldDescriptorProtoSchema, { name, number, type: Type.MESSAGE, typeName, label: Label.OPTIONAL });
}

function listOf(field: FieldDescriptorProto): FieldDescriptorProto {
  return Object.assign(field, { label: Label.REPEATED });
}

function mapEntry(name: string, key: FieldDescriptorProto, value: FieldDescriptorProto): DescriptorProto {
  return create(DescriptorProtoSchema, { name, field: [key, value], options: { mapEntry: true } });
}
