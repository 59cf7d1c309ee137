import { testRegistry } from "@micro/kernel/testing";
import { ConsulRegistry } from "@micro/registry-consul";
import { suite } from "uvu";
import { startConsul } from "../../../interop/src/consul-agent.ts";

const test = suite("conformance");
const agent = await startConsul();

if (agent !== undefined) {
  const options = { address: agent.address };
  testRegistry({
    test,
    factory: () => ({ registry: new ConsulRegistry(options), other: new ConsulRegistry(options) }),
  });
  test.after(() => agent.stop());
}

test.run();
