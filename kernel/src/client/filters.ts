import type { ServiceNode, ServiceRecord } from "../contracts/registry.ts";
import type { Filter } from "../contracts/selector.ts";
import type { ClientRequest } from "./client-request.ts";

/** Keeps the versions that offer an endpoint, `Say.Hello`. */
export function filterEndpoint(name: string): Filter {
  return remembered((records) =>
    records.filter(({ endpoints }) => endpoints.some((endpoint) => endpoint.name === name)),
  );
}

/** Keeps the nodes whose metadata says so, in copies of their records; a record without any goes. */
export function filterLabel(key: string, value: string): Filter {
  return remembered((records) =>
    keepNodes(records, ({ metadata }) => Object.hasOwn(metadata, key) && metadata[key] === value),
  );
}

/** Keeps one version. */
export function filterVersion(version: string): Filter {
  return remembered((records) => records.filter((record) => record.version === version));
}

/** Leaves out the nodes that a request was tried on; when that leaves none, they stay if it may repeat them. */
export function filterUntried({ lastAttempt, repeatsNodes }: ClientRequest): Filter {
  const wasTried = ({ id, address }: ServiceNode): boolean => {
    let attempt = lastAttempt;
    // Not by the id alone: a node that came back at another address is another try.
    while (attempt !== undefined && (attempt.node.id !== id || attempt.node.address !== address)) {
      attempt = attempt.previous;
    }
    return attempt !== undefined;
  };
  return (records) => {
    const left = keepNodes(records, (node) => !wasTried(node));
    return left.length === 0 && repeatsNodes ? records : left;
  };
}

function keepNodes(records: readonly ServiceRecord[], keeps: (node: ServiceNode) => boolean): readonly ServiceRecord[] {
  return records.flatMap((record) => {
    const nodes = record.nodes.filter(keeps);
    return nodes.length === 0 ? [] : [{ ...record, nodes }];
  });
}

/**
 * Remembers what was derived from an array of records, as long as that array is alive. A registry answers the same
 * array until something changes, so a pick from known records derives nothing.
 */
export function remembered<T extends object>(
  derive: (records: readonly ServiceRecord[]) => T,
): (records: readonly ServiceRecord[]) => T {
  const known = new WeakMap<readonly ServiceRecord[], T>();
  // The latest stands apart, because comparing costs a nanosecond and the map twenty.
  let latest: readonly ServiceRecord[] | undefined;
  let latestDerived: T | undefined;
  return (records) => {
    if (records === latest) return latestDerived as T;
    const derived = known.get(records) ?? derive(records);
    known.set(records, derived);
    latest = records;
    latestDerived = derived;
    return derived;
  };
}
