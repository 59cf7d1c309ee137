/** One call, its way over services, and what can be done with it. */
export function CallView({ id }: { readonly id: string }) {
  return <aside class="side" aria-label={`Call ${id}`} />;
}
