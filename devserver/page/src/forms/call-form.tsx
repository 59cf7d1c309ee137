import { useMemo } from "preact/hooks";
import type { ListedMethod } from "../panel/endpoints.ts";
import { InputState } from "./input-state.ts";
import { remembered } from "./remembered.ts";
import { StreamForm } from "./stream-form.tsx";
import { UnaryForm } from "./unary-form.tsx";

/** The form that calls a method. */
export function CallForm({ service, method }: { readonly service: string; readonly method: ListedMethod }) {
  const { name, kind } = method;
  // The schema of a method may change with a swap; what was put in is asked of the new one then.
  const shape = JSON.stringify(method.input);
  // The shape is the field, and compares by what it says.
  const input = useMemo(() => new InputState(service, name, method.input, remembered), [service, name, shape]);
  const props = { service, method: name, input };
  return kind === "unary" ? <UnaryForm {...props} /> : <StreamForm {...props} kind={kind} />;
}
