import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { MoreButton } from "../panel/more-button.tsx";
import { prettyJson } from "./pretty-json.ts";

const step = 300;

/** JSON, indented and coloured, as text: what somebody sent stays what it is. */
export function JsonView({
  text,
  isCut = false,
  isRedacted = false,
}: {
  readonly text: string;
  readonly isCut?: boolean;
  readonly isRedacted?: boolean;
}) {
  const lines = useMemo(() => prettyJson(text), [text]);
  const limit = useSignal(step);
  return (
    <>
      {/* It scrolls, so the keyboard must get into it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <pre class="code" tabIndex={0}>
        {lines.slice(0, limit.value).map(({ indent, pieces }, at) => (
          // A line is what stands at its place.
          <span key={at} class="json-line" style={{ "--indent": indent }}>
            {pieces.map((piece, place) => (
              <span key={place} class={`j-${piece.kind}`}>
                {piece.text}
              </span>
            ))}
            {"\n"}
          </span>
        ))}
      </pre>
      <MoreButton limit={limit} of={lines.length} step={step} />
      {isCut ? <p class="warn small">⚠ Cut: it is longer than what is kept.</p> : null}
      {isRedacted ? <p class="warn small">⚠ Secrets were left out.</p> : null}
    </>
  );
}
