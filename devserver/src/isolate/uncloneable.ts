/**
 * Says which part of a value cannot go to another thread.
 *
 * @param what whose value it is: `Say.Hello: the answer`
 */
export function uncloneable(what: string, value: unknown, cause: unknown): TypeError {
  const found = find(value, [], new Set());
  const where = found === undefined || found.path === "" ? what : `${what} has "${found.path}"`;
  const kind = found === undefined ? "something" : found.path === "" ? `is ${found.kind}` : `which is ${found.kind}`;
  const text = found === undefined ? `${what} holds ${kind} that cannot be copied` : `${where}, ${kind}`;
  return new TypeError(
    `${text}; a service in a worker is reached by structured clone, which copies plain data alone: send data, or drop the isolation`,
    { cause },
  );
}

interface Found {
  /** `user.items[3].total`, empty for the value itself. */
  readonly path: string;
  readonly kind: string;
}

function find(value: unknown, path: readonly (string | number)[], seen: Set<unknown>): Found | undefined {
  if (!isCopied(value)) return { path: pathText(path), kind: kindOf(value) };
  if (typeof value !== "object" || value === null || seen.has(value)) return undefined;
  seen.add(value);
  for (const [name, part] of partsOf(value)) {
    const found = find(part, [...path, name], seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isCopied(value: unknown): boolean {
  if (typeof value === "function" || typeof value === "symbol") return false;
  return !(
    value instanceof Promise ||
    value instanceof WeakMap ||
    value instanceof WeakSet ||
    value instanceof WeakRef
  );
}

function kindOf(value: unknown): string {
  return typeof value === "object" ? `a ${value?.constructor.name}` : `a ${typeof value}`;
}

function partsOf(value: object): Iterable<readonly [string | number, unknown]> {
  if (value instanceof Map) return [...value].map(([key, part]) => [String(key), part] as const);
  if (Array.isArray(value)) return value.map((part: unknown, at) => [at, part] as const);
  return Object.entries(value);
}

function pathText(path: readonly (string | number)[]): string {
  return path
    .map((name) => (typeof name === "number" ? `[${name}]` : `.${name}`))
    .join("")
    .replace(/^\./, "");
}
