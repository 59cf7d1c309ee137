/** Services. */
export function Services() {
  return <section aria-label="Services" />;
}
