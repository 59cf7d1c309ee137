import { MicroError } from "@micro/kernel";
import type { ResolvedConsulOptions } from "./options.ts";

const errorId = "go.micro.registry";

/** Why a request to Consul brought nothing. It does not leave this package. */
export class ConsulFailure extends Error {
  /** `unreachable`: nobody, or nobody who can tell, answers there; `refused`: Consul said no; `garbled`: not Consul's words. */
  readonly kind: "unreachable" | "refused" | "garbled";
  /** The HTTP status; 0 when there was none. */
  readonly status: number;

  constructor(kind: ConsulFailure["kind"], message: string, status = 0, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
    this.status = status;
  }
}

/** 400: the record cannot stand in Consul as it is. */
export function badRecord(detail: string): MicroError {
  return new MicroError(errorId, 400, detail);
}

/** 503 `registry_unavailable`: the registry is closed, or Consul does not tell. */
export function unavailable(detail: string, cause?: unknown): MicroError {
  return new MicroError(errorId, 503, detail, { reason: "registry_unavailable", cause });
}

/** Consul's no to a registration: as it is a mistake in the record or the rights, trying again would not help. */
export function refused(what: string, failure: ConsulFailure): MicroError {
  const code = failure.status === 401 || failure.status === 403 ? 403 : 400;
  return new MicroError(errorId, code, `Consul refuses ${what}: ${failure.message}${hintFor(failure)}`, {
    cause: failure,
  });
}

/** Any failure of a question, as whoever asked sees it. */
export function cannotTell(what: string, error: unknown, options: ResolvedConsulOptions): MicroError {
  if (MicroError.is(error)) return error;
  return unavailable(`Consul does not tell ${what}: ${describeFailure(error, options)}`, error);
}

/** What went wrong and what to do, for people. */
export function describeFailure(error: unknown, { agents }: ResolvedConsulOptions): string {
  const places = agents.map(({ host, port }) => `${host}:${port}`).join(" or ");
  if (!(error instanceof ConsulFailure)) return String(error);
  if (error.kind !== "unreachable") return `${error.message}${hintFor(error)}`;
  return `${error.message}. Start an agent at ${places} (consul agent -dev), or say where one is with --registry_address`;
}

function hintFor({ status }: ConsulFailure): string {
  if (status !== 401 && status !== 403) return "";
  return ". Give a token that may do it as MICRO_CONSUL_TOKEN: service:write to register, service:read and node:read to find";
}

/** Whether trying again later may help: everything but a no that is about the request itself. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof ConsulFailure) || error.kind !== "refused") return true;
  return error.status >= 500 || error.status === 429 || error.status === 408;
}
