import { MdnsRegistry } from "@micro/registry-mdns";
import { recordOf } from "./registries.ts";

// A process of its own that announces a service until it is told to stop, or killed.
const [name = ""] = process.argv.slice(2);
const registry = new MdnsRegistry();
process.once("message", () => void registry.close().then(() => process.disconnect()));
await registry.register(recordOf(name));
process.send?.("registered");
