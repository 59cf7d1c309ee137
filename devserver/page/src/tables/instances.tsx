/** Instances. */
export function Instances() {
  return <section aria-label="Instances" />;
}
