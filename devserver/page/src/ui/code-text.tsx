/** Text of a program as it stands. What is wide is scrolled, by the keyboard too. */
export function CodeText({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section class="code-text" aria-label={label} tabIndex={0}>
      <pre>{text}</pre>
    </section>
  );
}
