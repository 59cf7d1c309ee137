/** Graph. */
export function Graph() {
  return <section aria-label="Graph" />;
}
