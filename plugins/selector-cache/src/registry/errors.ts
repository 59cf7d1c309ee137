import { clientErrorId, MicroError } from "@micro/kernel";

const reason = "registry_unavailable";

/** 503: the registry failed and nothing is known from before. What it said itself is kept. */
export function unavailable(registry: string, service: string, cause: unknown): MicroError {
  if (MicroError.is(cause) && cause.reason === reason) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  const detail = `the registry "${registry}" cannot tell where ${service} is: ${why}`;
  return new MicroError(clientErrorId, 503, detail, { reason, cause });
}

/** 503: the registry was asked and says nothing. */
export function noAnswer(registry: string, service: string, limitMs: number): MicroError {
  const detail = `the registry "${registry}" was asked for ${service} and did not answer within ${limitMs} ms`;
  return new MicroError(clientErrorId, 503, detail, { reason });
}

/** 503: somebody asked a cache that was closed. */
export function cacheClosed(): MicroError {
  return new MicroError(clientErrorId, 503, "the selector cache is closed", { reason });
}
