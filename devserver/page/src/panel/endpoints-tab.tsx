import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { CallForm } from "../forms/call-form.tsx";
import { fieldText } from "../forms/field-text.ts";
import { formTarget } from "../forms/form-target.ts";
import { usePage } from "../page-context.ts";
import { Blank } from "../ui/blank.tsx";
import { kindTexts, type ListedMethod, type ListedTopic, methodsOf, topicsOf } from "./endpoints.ts";
import { ChevronIcon } from "./icons.tsx";

const maxListed = 200;

/** What can be called of a service, and the form that does it. */
export function EndpointsTab({ name }: { readonly name: string }) {
  const { state } = usePage();
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
        The registry knows of no method of this service. It announces those of its <code>handlers</code> when it starts.
      </Blank>
    );
  }
  return (
    <>
      <ul class="methods">
        {methods.slice(0, maxListed).map((method) => (
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
      {methods.length > maxListed ? <p class="note">{methods.length - maxListed} more are not listed.</p> : null}
      {topics.length === 0 ? null : <Topics topics={topics} />}
      {seen?.isAbridged === true ? <p class="note">The registry has so much of it that some was left out.</p> : null}
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
  const at = method.name.indexOf(".") + 1;
  return (
    <li class={isOpen ? "method open" : "method"}>
      <button
        type="button"
        class="method-head"
        ref={button}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={onToggle}
      >
        <ChevronIcon />
        <bdi class="method-name">
          <span class="soft">{method.name.slice(0, at)}</span>
          {method.name.slice(at)}
        </bdi>
        {method.idempotent ? (
          <span class="badge good" title="Running it twice does no harm">
            idempotent
          </span>
        ) : null}
        <span class={method.kind === "unary" ? "badge" : "badge swap"}>
          {kindSigns[method.kind]} {kindTexts[method.kind]}
        </span>
      </button>
      {isOpen ? (
        <div class="method-body" id={id}>
          <Shapes method={method} />
          <CallForm service={service} method={method} />
        </div>
      ) : null}
    </li>
  );
}

const kindSigns: Readonly<Record<ListedMethod["kind"], string>> = {
  unary: "→",
  serverStream: "⇊",
  clientStream: "⇈",
  bidi: "⇅",
  stream: "⇅",
};

function Shapes({ method: { input, output } }: { readonly method: ListedMethod }) {
  if (input.kind === "json" && output === undefined) return null;
  return (
    <details class="shapes">
      <summary>Shapes</summary>
      {input.kind === "json" ? null : (
        <pre>
          <span class="soft">takes </span>
          {fieldText(input)}
        </pre>
      )}
      {output === undefined ? null : (
        <pre>
          <span class="soft">answers </span>
          {fieldText(output)}
        </pre>
      )}
    </details>
  );
}

function Topics({ topics }: { readonly topics: readonly ListedTopic[] }) {
  return (
    <section class="block">
      <h3>Takes messages of</h3>
      <ul class="plain">
        {topics.slice(0, maxListed).map(({ topic, subscriber }) => (
          <li key={`${subscriber} ${topic}`}>
            <bdi class="mono">{topic}</bdi> <span class="soft">by {subscriber}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
