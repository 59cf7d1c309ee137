/** FailureOverlay. */
export function FailureOverlay() {
  return <section aria-label="FailureOverlay" />;
}
