import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { type PrettyLine, prettyJson } from "./pretty-json.ts";

const firstLines = 300;
const mostLines = 5000;

/** JSON, indented and coloured, as text: what somebody sent stays what it is. */
export function JsonView({
  text,
  isCut = false,
  isRedacted = false,
  label,
}: {
  readonly text: string;
  readonly isCut?: boolean;
  readonly isRedacted?: boolean;
  readonly label: string;
}) {
  const lines = useMemo(() => prettyJson(text), [text]);
  const limit = useSignal(firstLines);
  const notes = [isCut ? "cut: it is longer than what is kept" : "", isRedacted ? "secrets were left out" : ""];
  return (
    <figure class="json" aria-label={label}>
      {/* It scrolls, so the keyboard must get into it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <pre tabIndex={0}>
        {lines.slice(0, limit.value).map((line, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is what stands at its place
          <JsonLine key={at} line={line} />
        ))}
      </pre>
      {lines.length > limit.value ? (
        <button type="button" class="button" onClick={() => (limit.value = mostLines)}>
          Show all {lines.length} lines
        </button>
      ) : null}
      {isCut || isRedacted ? <figcaption class="warn">⚠ {notes.filter(Boolean).join(", ")}</figcaption> : null}
    </figure>
  );
}

/** A line of JSON. */
function JsonLine({ line: { indent, pieces } }: { readonly line: PrettyLine }) {
  return (
    <span class="json-line" style={{ "--indent": indent }}>
      {pieces.map(({ kind, text }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a piece is what stands at its place
        <span key={at} class={`j-${kind}`}>
          {text}
        </span>
      ))}
      {"\n"}
    </span>
  );
}
