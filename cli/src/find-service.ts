import type { Kernel, ServiceRecord } from "@micro/kernel";
import { Failure } from "./failure.ts";

/**
 * The records of a service, one per version.
 *
 * @throws Failure when there is none
 */
export async function findService(kernel: Kernel, name: string): Promise<readonly ServiceRecord[]> {
  const records = await kernel.get("registry").getService(name);
  if (records.length === 0) throw new Failure("Service not found");
  return records;
}
