const maxLines = 40;

/** Lines of a source, the one in question marked. */
export function Excerpt({ text }: { readonly text: string }) {
  return (
    <pre class="excerpt">
      {text
        .split("\n")
        .slice(0, maxLines)
        .map((line, at) => (
          // A line is what stands at its place.
          <span key={at} class={line.startsWith(">") ? "hit" : undefined}>
            {line}
            {"\n"}
          </span>
        ))}
    </pre>
  );
}
