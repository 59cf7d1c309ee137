/** One service closely. */
export function ServicePanel({ name }: { readonly name: string }) {
  return <aside class="side" aria-label={name} />;
}
