/**
 * The canonical form of a header's name as Go writes it: `x-user-id` is `X-User-Id`. `undefined` when it is not
 * a token of RFC 9110 §5.6.2. Answers for names that were seen before are remembered.
 */
export function canonicalName(name: string): string | undefined {
  const known = seen.get(name);
  if (known !== undefined) return known;
  if (!token.test(name)) return undefined;
  const canonical = canonicalize(name);
  remember(name, canonical);
  return canonical;
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const seen = new Map<string, string>();
const maxSeen = 1024;
const maxSeenLength = 64;

function canonicalize(name: string): string {
  const canonical = name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
  return canonical === name ? name : canonical;
}

// Names come from peers: the memory of them is bounded in number and length, and starts afresh when it is full.
function remember(name: string, canonical: string): void {
  if (name.length > maxSeenLength) return;
  if (seen.size >= maxSeen) seen.clear();
  // A name cut out of a head would keep the whole head alive.
  const own = Buffer.from(name, "latin1").toString("latin1");
  seen.set(own, canonical === name ? own : canonical);
}
