/** What does not work, in a line; nothing when there is nothing. */
export function Problem({ text }: { readonly text: string }) {
  return text === "" ? null : (
    <p class="problem" role="status">
      {text}
    </p>
  );
}
