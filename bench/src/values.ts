import type { DescMessage } from "@bufbuild/protobuf";
import avsc, { type Type } from "avsc";
import { Order, Request } from "./messages.ts";

/** Something to encode, with what each format must know of it. */
export interface ExampleValue {
  readonly name: string;
  /** A plain object, as a handler returns one. */
  readonly value: unknown;
  readonly message: DescMessage;
  readonly type: Type;
}

/** The request of the other tables. */
export const greeting: ExampleValue = {
  name: "greeting",
  value: { name: "John" },
  message: Request,
  type: avsc.Type.forSchema({ type: "record", name: "Request", fields: [{ name: "name", type: "string" }] }),
};

const titles = ["Coffee mug, blue", "Tea towel", "Bread knife, serrated", "Wooden spoon"];

/** Twenty items with texts, an integer and a record in each; 2 KiB of JSON. No integers of 64 bits: JSON has none. */
export const order: ExampleValue = {
  name: "order",
  value: {
    number: 260_613,
    customer: { name: "John Appleseed", email: "john@example.com" },
    items: Array.from({ length: 20 }, (_, at) => ({
      sku: `KT-${1000 + 37 * at}`,
      title: titles[at % titles.length],
      quantity: 1 + (at % 5),
      price: { cents: 495 + 250 * at, currency: "EUR" },
    })),
  },
  message: Order,
  type: avsc.Type.forSchema({
    type: "record",
    name: "Order",
    fields: [
      { name: "number", type: "int" },
      {
        name: "customer",
        type: {
          type: "record",
          name: "Customer",
          fields: [
            { name: "name", type: "string" },
            { name: "email", type: "string" },
          ],
        },
      },
      { name: "items", type: { type: "array", items: itemSchema() } },
    ],
  }),
};

function itemSchema(): avsc.schema.RecordType {
  const price: avsc.schema.RecordType = {
    type: "record",
    name: "Price",
    fields: [
      { name: "cents", type: "int" },
      { name: "currency", type: "string" },
    ],
  };
  return {
    type: "record",
    name: "Item",
    fields: [
      { name: "sku", type: "string" },
      { name: "title", type: "string" },
      { name: "quantity", type: "int" },
      { name: "price", type: price },
    ],
  };
}
