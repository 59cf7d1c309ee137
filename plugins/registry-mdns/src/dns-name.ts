import { createHash } from "node:crypto";

/** Whether the text can stand in a DNS packet: at most 253 bytes, in labels of 1 to 63. */
export function isDnsName(name: string): boolean {
  return Buffer.byteLength(name) <= 253 && name.split(".").every(isLabel);
}

/** The nearest name that can stand in a packet, for the name of this host, which its owner chose for other reasons. */
export function toDnsName(name: string): string {
  const labels = name.split(".").map((label) => label.replace(/[^\w-]/g, "-").slice(0, 63));
  const joined = labels.filter((label) => label !== "").join(".");
  return isDnsName(joined) ? joined : "localhost";
}

/**
 * A label that stands for a node's id where that cannot be a name itself, as one made of a long service name and a
 * UUID: what is readable of it, and a hash that two ids do not share.
 */
export function toShortLabel(id: string): string {
  const hash = createHash("sha256").update(id).digest("hex").slice(0, 32);
  return `${id.replace(/[^\w-]/g, "").slice(0, 30)}-${hash}`;
}

/** A name that is taken apart: what it is called, and where. */
export interface NameInDomain {
  readonly name: string;
  readonly domain: string;
}

/** Which of the domains a full name is in, and what it is called there; undefined when it is in none. */
export function splitDomain(fullName: string, domains: readonly string[]): NameInDomain | undefined {
  const domain = domains.find((candidate) => fullName.endsWith(`.${candidate}`));
  return domain === undefined ? undefined : { name: fullName.slice(0, -domain.length - 1), domain };
}

function isLabel(label: string): boolean {
  const bytes = Buffer.byteLength(label);
  return bytes >= 1 && bytes <= 63;
}
