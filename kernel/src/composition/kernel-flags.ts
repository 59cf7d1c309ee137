import type { Flags } from "@micro/settings";
import type { CapabilityDeclaration } from "../contracts/plugin.ts";

/** The two flags of a kind of capability: which implementation, and where it finds its servers. */
export function capabilityFlags(kind: string, { description, default: chosen }: CapabilityDeclaration): Flags {
  return {
    [kind]: {
      type: "string",
      default: chosen ?? "",
      description:
        chosen === undefined ? `${description}; without a choice the last one in the plugin list` : description,
    },
    [`${kind}_address`]: { type: "list", description: `addresses for the ${kind}, host:port` },
  };
}

/** The kinds of capabilities that are there without any plugin. */
export const kernelKinds: Readonly<Record<string, CapabilityDeclaration>> = Object.freeze({
  registry: { description: "where services are found" },
  selector: { description: "how the node of a call is picked", default: "random" },
  transport: { description: "how calls travel" },
  broker: { description: "how published messages travel" },
});

/** The flags of the kernel itself, with the names and defaults of go-micro 2016. */
export const kernelFlags: Flags = Object.freeze({
  server_name: { type: "string", description: "name to serve under instead of the service's own" },
  server_version: { type: "string", description: "version to serve as instead of the service's own" },
  server_id: { type: "string", description: "id of the node instead of a random one" },
  server_address: {
    type: "string",
    default: ":0",
    description: "where to listen: host:port, port 0 for a free one, or a range host:8000-8010",
  },
  server_advertise: { type: "string", description: "host or host:port to register instead of the one listened on" },
  server_metadata: { type: "list", description: "metadata of the node, key=value" },
  client_request_timeout: { type: "duration", default: "5s", description: "how long a call may take" },
  content_type: {
    type: "string",
    description: "how calls and messages are encoded; JSON where there is a codec for it",
  },
  ...Object.fromEntries(
    Object.entries(kernelKinds).flatMap(([kind, declaration]) => Object.entries(capabilityFlags(kind, declaration))),
  ),
});
