import { useSignal } from "@preact/signals";
import type { WireError } from "../../../src/hub/protocol.ts";
import { CodeBadge } from "../panel/code-badge.tsx";
import { useFollow } from "../panel/use-follow.ts";
import { msText } from "../ui/format.ts";
import { JsonView } from "./json-view.tsx";
import type { StreamStage } from "./stream-form.tsx";
import type { StreamItem, StreamLog } from "./stream-log.ts";

const stageTexts: Readonly<Record<StreamStage, string>> = {
  new: "",
  open: "◌ open",
  sent: "◌ open, no more is sent",
  ended: "✓ ended",
  cancelled: "✕ cancelled",
  failed: "✕ failed",
};

/** What went through a stream, both ways, and how it stands. */
export function StreamItems({
  log: { items, sent, received },
  stage,
  error,
}: {
  readonly log: StreamLog;
  readonly stage: StreamStage;
  readonly error: WireError | undefined;
}) {
  const { scroll } = useFollow(items.at(-1)?.number ?? 0);
  const left = sent + received - items.length;
  const shownError = stage === "failed" ? error : undefined;
  return (
    <section class="answer" aria-label="Stream">
      <div class="line" aria-live="polite">
        {shownError === undefined ? (
          <span class={stage === "ended" ? "badge good" : "badge swap"}>{stageTexts[stage]}</span>
        ) : (
          <CodeBadge code={shownError.code} text={shownError.status} />
        )}
        <span class="soft">
          ↑ {sent} sent, ↓ {received} came
        </span>
      </div>
      {shownError === undefined ? null : <p class="message">{shownError.detail}</p>}
      {left > 0 ? <p class="soft small">{left} items before these are not kept.</p> : null}
      <ol class="stream" aria-label="Items" {...scroll}>
        {items.map((item) => (
          <Item key={item.number} item={item} />
        ))}
      </ol>
    </section>
  );
}

function Item({ item: { isSent, text, afterMs } }: { readonly item: StreamItem }) {
  const isOpen = useSignal(false);
  return (
    <li>
      <details onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
        <summary>
          <span aria-hidden="true">{isSent ? "↑" : "↓"}</span>
          <span class="hidden">{isSent ? "sent" : "came"}</span>
          <code>{text.slice(0, 300)}</code>
          <span class="soft small">+{msText(afterMs)}</span>
        </summary>
        {isOpen.value ? <JsonView text={text} /> : null}
      </details>
    </li>
  );
}
