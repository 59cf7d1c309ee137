/** The name of a service; what it has in common with its neighbours, as a rule, steps back. */
export function ServiceName({ name }: { readonly name: string }) {
  const at = name.lastIndexOf(".") + 1;
  return (
    <bdi class="service-name">
      <span class="family">{name.slice(0, at)}</span>
      {name.slice(at)}
    </bdi>
  );
}
