import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { CallForm } from "../forms/call-form.tsx";
import { fieldText } from "../forms/field-text.ts";
import { formTarget } from "../forms/form-target.ts";
import { usePage } from "../page-context.ts";
import { Blank } from "../ui/blank.tsx";
import { Block } from "./block.tsx";
import { kindTexts, type ListedMethod, methodsOf, topicsOf } from "./endpoints.ts";
import { MoreButton } from "./more-button.tsx";

const step = 100;

/** What can be called of a service, and the form that does it. */
export function EndpointsTab({ name }: { readonly name: string }) {
  const { state } = usePage();
  const limit = useSignal(step);
  const seen = state.services.value.get(name);
  const methods = methodsOf(state.own.value.get(name), seen);
  const topics = topicsOf(seen);
  const target = formTarget.value?.service === name ? formTarget.value.method : undefined;
  const open = useSignal(target ?? (methods.length === 1 ? methods[0]?.name : undefined));
  useEffect(() => {
    if (target === undefined) return;
    open.value = target;
    formTarget.value = undefined;
  }, [target, open]);
  if (methods.length + topics.length === 0) {
    return (
      <Blank title="Nothing can be called">
        A service announces the methods of its <code>handlers</code> when it starts.
      </Blank>
    );
  }
  return (
    <>
      <ul>
        {methods.slice(0, limit.value).map((method) => (
          <Method
            key={method.name}
            service={name}
            method={method}
            isOpen={open.value === method.name}
            takesFocus={target === method.name}
            onToggle={() => (open.value = open.value === method.name ? undefined : method.name)}
          />
        ))}
      </ul>
      <MoreButton limit={limit} of={methods.length} step={step} />
      {topics.length === 0 ? null : (
        <Block title="Takes messages of">
          <ul>
            {topics.slice(0, step).map(({ topic, subscriber }) => (
              <li key={`${subscriber} ${topic}`}>
                <bdi class="mono">{topic}</bdi> <span class="soft">by {subscriber}</span>
              </li>
            ))}
          </ul>
        </Block>
      )}
      {seen?.isAbridged === true ? <p class="note">There is so much that some was left out.</p> : null}
    </>
  );
}

function Method({
  service,
  method,
  isOpen,
  takesFocus,
  onToggle,
}: {
  readonly service: string;
  readonly method: ListedMethod;
  readonly isOpen: boolean;
  readonly takesFocus: boolean;
  readonly onToggle: () => void;
}) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (takesFocus) button.current?.focus();
  }, [takesFocus]);
  const { name, input, output, kind, idempotent } = method;
  const at = name.indexOf(".") + 1;
  return (
    <li class="method">
      <button type="button" class="row fold" ref={button} aria-expanded={isOpen} aria-controls={id} onClick={onToggle}>
        <bdi class="grow">
          <span class="soft">{name.slice(0, at)}</span>
          {name.slice(at)}
        </bdi>
        {idempotent ? (
          <span class="badge good" title="Running it twice does no harm">
            idempotent
          </span>
        ) : null}
        <span class={kind === "unary" ? "badge" : "badge swap"}>{kindTexts[kind]}</span>
      </button>
      {isOpen ? (
        <div class="method-body" id={id}>
          {input.kind === "json" && output === undefined ? null : (
            <details>
              <summary class="soft">Shapes</summary>
              <pre class="code">
                takes {fieldText(input)}
                {output === undefined ? "" : `\nanswers ${fieldText(output)}`}
              </pre>
            </details>
          )}
          <CallForm service={service} method={method} />
        </div>
      ) : null}
    </li>
  );
}
