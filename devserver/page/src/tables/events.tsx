/** Events. */
export function Events() {
  return <section aria-label="Events" />;
}
