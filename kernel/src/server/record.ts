import { networkInterfaces } from "node:os";
import { badRequest } from "@micro/wire";
import type { Endpoint, ServiceNode, ServiceRecord } from "../contracts/registry.ts";
import { methodsOf, type ServiceDefinition } from "./service.ts";

const serverErrorId = "go.micro.server";

/** The record of a service on one node. */
export function createRecord(definition: ServiceDefinition, node: ServiceNode): ServiceRecord {
  return {
    name: definition.name,
    version: definition.version ?? "1.0.0",
    metadata: {},
    endpoints: [...methodEndpoints(definition), ...subscriberEndpoints(definition)],
    nodes: [node],
  };
}

/**
 * What others dial to reach a listener: `advertise` where it is given, with the port that was bound unless it names
 * one, else the bound address; for one that stands for every interface, the first private IPv4 address as in go-micro
 * 2016, then any address of this machine that is not loopback, then loopback.
 *
 * @throws MicroError 400 when `advertise` is no address
 */
export function advertisedAddress(bound: string, advertise: string): string {
  const own = splitAddress(bound);
  const wanted = splitAddress(advertise);
  const host = wanted.host || own.host;
  return joinAddress(isUnspecified(host) ? outsideHost() : host, wanted.port || own.port);
}

/** Host and port of an address; IPv6 hosts stand in brackets, and a part that is missing is empty. */
export function splitAddress(address: string): { readonly host: string; readonly port: string } {
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([\d-]*))?$/.exec(address);
  if (parts === null) {
    throw badRequest(serverErrorId, `"${address}" is not an address: write host:port, or [host]:port for IPv6`);
  }
  return { host: parts[1] ?? parts[2] ?? "", port: parts[3] ?? "" };
}

/**
 * The pairs of texts such as `zone=a`; a value may contain `=`.
 *
 * @throws MicroError 400 when one has no `=`
 */
export function splitPairs(texts: readonly string[]): Record<string, string> {
  const pairs: Record<string, string> = Object.create(null);
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at < 1) throw badRequest(serverErrorId, `"${text}" is not a pair: write key=value`);
    pairs[text.slice(0, at)] = text.slice(at + 1);
  }
  return pairs;
}

function joinAddress(host: string, port: string): string {
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

function* methodEndpoints({ handlers }: ServiceDefinition): Generator<Endpoint> {
  for (const [name, { kind, options }] of methodsOf(handlers)) {
    const metadata: Record<string, string> = { stream: String(kind !== "unary") };
    if (options.idempotent === true) metadata.idempotent = "true";
    yield { name, request: null, response: null, metadata };
  }
}

function* subscriberEndpoints({ subscribers = {} }: ServiceDefinition): Generator<Endpoint> {
  for (const topic of Object.keys(subscribers)) {
    yield { name: "Func", request: null, response: null, metadata: { topic, subscriber: "true" } };
  }
}
