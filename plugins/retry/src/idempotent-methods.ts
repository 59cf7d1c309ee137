import type { ClientRequest, ServiceRecord } from "@micro/kernel";
import type { Pauses } from "./pause.ts";

/** The registry's answer about a service. */
export type Lookup = (service: string) => readonly ServiceRecord[] | Promise<readonly ServiceRecord[]>;

// Longer than a registry that is well takes. The call it is for has failed already.
const lookupLimitMs = 1000;

/** Knows which methods may run twice: what the caller says, else what the service says of itself in the registry. */
export class IdempotentMethods {
  readonly #lookup: Lookup;
  readonly #pauses: Pauses;

  constructor(lookup: Lookup, pauses: Pauses) {
    this.#lookup = lookup;
    this.#pauses = pauses;
  }

  /**
   * Whether the method of a request may run twice. When the registry cannot tell, it may not.
   *
   * @throws MicroError 408 when the call is called off meanwhile
   */
  async has(request: ClientRequest, leftMs: number): Promise<boolean> {
    const { options, route, cancellation } = request;
    if (options.idempotent !== undefined) return options.idempotent;
    const limit = this.#pauses.begin(Math.min(lookupLimitMs, leftMs), cancellation);
    try {
      const records = await Promise.race([this.#records(route.service), limit.ended.then(() => [])]);
      return saysIdempotent(records, route.method);
    } finally {
      limit.release();
    }
  }

  async #records(service: string): Promise<readonly ServiceRecord[]> {
    try {
      return await this.#lookup(service);
    } catch {
      // What went wrong with the call is what its caller must hear, not this.
      return [];
    }
  }
}

// Every version that has the method must say so: the next try may go to any of them.
function saysIdempotent(records: readonly ServiceRecord[], method: string): boolean {
  const endpoints = records.flatMap((record) => record.endpoints.filter(({ name }) => name === method));
  return endpoints.length > 0 && endpoints.every(({ metadata }) => metadata.idempotent === "true");
}
