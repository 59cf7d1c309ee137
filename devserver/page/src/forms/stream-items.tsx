import { useLayoutEffect, useRef } from "preact/hooks";
import type { WireError } from "../../../src/hub/protocol.ts";
import { msText } from "../ui/format.ts";
import { ErrorBadge } from "./answer-view.tsx";
import { JsonView } from "./json-view.tsx";
import type { StreamStage } from "./stream-form.tsx";
import type { StreamItem, StreamLog } from "./stream-log.ts";

const stageTexts: Readonly<Record<Exclude<StreamStage, "failed">, readonly [kind: string, text: string]>> = {
  new: ["", ""],
  open: ["badge swap", "◌ open"],
  sent: ["badge swap", "◌ open, no more is sent"],
  ended: ["badge good", "✓ ended"],
  cancelled: ["badge warn", "✕ cancelled"],
};

/** What went through a stream, both ways, and how it stands. */
export function StreamItems({
  log,
  stage,
  error,
}: {
  readonly log: StreamLog;
  readonly stage: StreamStage;
  readonly error: WireError | undefined;
}) {
  const list = useRef<HTMLOListElement>(null);
  const wasAtEnd = useRef(true);
  const last = log.items.at(-1)?.number ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new last item is what it follows
  useLayoutEffect(() => {
    if (wasAtEnd.current && list.current !== null) list.current.scrollTop = list.current.scrollHeight;
  }, [last]);
  const onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = list.current as HTMLOListElement;
    wasAtEnd.current = scrollHeight - scrollTop - clientHeight < 24;
  };
  const left = log.sent + log.received - log.items.length;
  const [kind, text] = stage === "failed" ? ["", ""] : stageTexts[stage];
  return (
    <section class="answer" aria-label="Stream">
      <div class="answer-head" aria-live="polite">
        {error !== undefined && stage === "failed" ? <ErrorBadge error={error} /> : <span class={kind}>{text}</span>}
        <span class="soft">
          ↑ {log.sent} sent, ↓ {log.received} came
        </span>
      </div>
      {error !== undefined && stage === "failed" ? <p class="message">{error.detail}</p> : null}
      {left > 0 ? <p class="soft small">{left} items before these are not kept.</p> : null}
      {log.items.length === 0 ? null : (
        // It scrolls, so the keyboard must get into it.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
        <ol class="stream" ref={list} tabIndex={0} aria-label="Items" onScroll={onScroll}>
          {log.items.map((item) => (
            <Item key={item.number} item={item} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Item({ item: { number, isSent, text, afterMs } }: { readonly item: StreamItem }) {
  return (
    <li class={isSent ? "sent" : "came"}>
      <details>
        <summary>
          <span class="way">
            <span aria-hidden="true">{isSent ? "↑" : "↓"}</span>
            <span class="hidden">{isSent ? "sent" : "came"}</span>
          </span>
          <code>{text.slice(0, 300)}</code>
          <span class="soft">+{msText(afterMs)}</span>
        </summary>
        <JsonView text={text} label={`Item ${number}`} />
      </details>
    </li>
  );
}
