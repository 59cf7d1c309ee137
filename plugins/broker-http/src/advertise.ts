import { networkInterfaces } from "node:os";
import { splitAddress } from "@micro/kernel";

/**
 * What publishers dial: `advertise` where it is given, else what was bound; for a host that stands for every interface,
 * the first private IPv4 address as in go-micro, then any that is not loopback, then loopback.
 *
 * @throws MicroError 400 when `advertise` is no address
 */
export function advertisedAddress(bound: string, advertise: string): string {
  const own = splitAddress(bound);
  const wanted = splitAddress(advertise);
  const host = wanted.host || own.host;
  return join(isUnspecified(host) ? outsideHost() : host, wanted.port || own.port);
}

function join(host: string, port: string): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function isUnspecified(host: string): boolean {
  return host === "" || host === "0.0.0.0" || host === "::";
}

function outsideHost(): string {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
  return addresses.find(isPrivate) ?? addresses[0] ?? "127.0.0.1";
}

function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);
}
