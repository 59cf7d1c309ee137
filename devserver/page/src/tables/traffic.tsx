/** Traffic. */
export function Traffic() {
  return <section aria-label="Traffic" />;
}
