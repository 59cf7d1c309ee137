const maxLines = 40;

/** Lines of a source, the one in question marked. */
export function Excerpt({ text }: { readonly text: string }) {
  const lines = text.split("\n").slice(0, maxLines);
  return (
    // It scrolls, so the keyboard must get into it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section class="excerpt" aria-label="Where it failed" tabIndex={0}>
      {lines.map((line, at) => (
        // A line is what stands at its place.
        <span key={at} class={line.startsWith(">") ? "hit" : undefined}>
          {line}
          {at < lines.length - 1 ? "\n" : ""}
        </span>
      ))}
    </section>
  );
}
