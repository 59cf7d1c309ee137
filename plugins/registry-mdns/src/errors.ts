import { MicroError } from "@micro/kernel";

const errorId = "go.micro.registry";

/** 400: the record cannot be told over DNS as it is. */
export function badRecord(detail: string): MicroError {
  return new MicroError(errorId, 400, detail);
}

/** 503 `registry_unavailable`: the registry is closed, or has no way to ask. */
export function unavailable(detail: string, cause?: unknown): MicroError {
  return new MicroError(errorId, 503, detail, { reason: "registry_unavailable", cause });
}
