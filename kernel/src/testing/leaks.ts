import { getActiveResourcesInfo } from "node:process";

/**
 * Remembers which resources keep the process alive now. The function it returns waits until there are no others,
 * and resolves to the names of those that stay: `["TCPSocketWrap", "Timeout"]`, or to an empty list.
 *
 * @param limitMs how long it waits, in milliseconds; default 2000, as sockets take a while to go
 *
 * @example
 * const leaked = leaks();
 * await useAndClose();
 * assert.deepEqual(await leaked(), []);
 */
export function leaks(limitMs = 2000): () => Promise<readonly string[]> {
  const before = getActiveResourcesInfo();
  return async () => {
    const end = performance.now() + limitMs;
    let more = difference(getActiveResourcesInfo(), before);
    while (more.length > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      more = difference(getActiveResourcesInfo(), before);
    }
    return more;
  };
}

function difference(now: readonly string[], before: readonly string[]): string[] {
  const known = [...before];
  return now.filter((name) => {
    const at = known.indexOf(name);
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
}
