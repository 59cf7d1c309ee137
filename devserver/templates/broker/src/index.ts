export { type BrokerFooOptions, brokerFoo } from "./broker-foo.ts";
export { FooBroker, type FooBrokerOptions } from "./foo-broker.ts";
export { FooHub } from "./foo-hub.ts";
