/**
 * What a value looks like as JSON, for a form that asks for one: JSON Schema, as far as protobuf and Avro need it.
 * Nothing is checked against it.
 */
export interface InputShape {
  /** Absent where it may be anything. */
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean" | "null";
  /** What the schema calls it: `greeter.Request`. */
  readonly title?: string;
  /** The members of an object, by their names in JSON. */
  readonly properties?: Readonly<Record<string, InputShape>>;
  /** The members that have to be there. */
  readonly required?: readonly string[];
  /** The values of an object whose names are free. */
  readonly additionalProperties?: InputShape;
  /** Each item of an array. */
  readonly items?: InputShape;
  /** The texts that are allowed. */
  readonly enum?: readonly string[];
  /** One of these. */
  readonly anyOf?: readonly InputShape[];
  /** How the text is made: `base64`, `int64` for digits, `date-time`, `duration`. */
  readonly format?: string;
  /** Members of which at most one may be there, a list for each choice. */
  readonly oneofs?: readonly (readonly string[])[];
  /** Whether something was left out because it repeats itself, or because there is too much. */
  readonly isAbridged?: boolean;
}
