/** How a call ended: 200, or the code of its error and what it means. */
export function CodeBadge({ code, text = "" }: { readonly code: number; readonly text?: string | undefined }) {
  return (
    <span class={`badge ${markOf(code)}`}>
      {code === 0 ? "not sent" : code} {text}
    </span>
  );
}

/** What marks the end of a call: a sign and a colour. */
export function markOf(code: number): string {
  return code === 200 ? "good ok" : "bad failed";
}
