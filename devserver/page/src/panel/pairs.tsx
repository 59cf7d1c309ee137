/** Names and values, as text. */
export function Pairs({ values, none }: { readonly values: Readonly<Record<string, string>>; readonly none: string }) {
  const pairs = Object.entries(values);
  if (pairs.length === 0) return <p class="soft">{none}</p>;
  return (
    <dl class="pairs">
      {pairs.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
