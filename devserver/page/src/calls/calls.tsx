/** Calls. */
export function Calls() {
  return <section aria-label="Calls" />;
}
