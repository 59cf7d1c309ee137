import { testRegistry } from "@micro/kernel/testing";
import { MdnsRegistry } from "@micro/registry-mdns";
import { suite } from "uvu";
import { createGroup } from "./support/registries.ts";

const test = suite("conformance");

testRegistry({
  test,
  factory: () => {
    const group = createGroup();
    return { registry: new MdnsRegistry(group), other: new MdnsRegistry(group) };
  },
});

test.run();
