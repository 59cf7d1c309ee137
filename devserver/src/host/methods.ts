import { methodsOf, type ServiceDefinition } from "@micro/kernel";
import type { DevMethod } from "../dev-host.ts";
import { inputShape } from "./input-shape.ts";

const maxMethods = 500;
const maxName = 256;
const known = new WeakMap<ServiceDefinition, readonly DevMethod[]>();

/** The methods of a definition as others see them; made once, as they are asked for twice a second. */
export function describeMethods(definition: ServiceDefinition): readonly DevMethod[] {
  let methods = known.get(definition);
  if (methods === undefined) {
    methods = [...methodsOf(definition.handlers)].slice(0, maxMethods).map(([name, { kind, options }]) => ({
      name: name.slice(0, maxName),
      kind,
      idempotent: options.idempotent === true,
      input: inputShape(options.input),
    }));
    known.set(definition, methods);
  }
  return methods;
}
