export { type RegistryFooOptions, registryFoo } from "./registry-foo.ts";
export { FooRegistry } from "./foo-registry.ts";
