export { brokerHttp, type BrokerHttpOptions } from "./broker-http.ts";

// For use without a kernel.
export { HttpBroker } from "./http-broker.ts";
export {
  defaultHttpBrokerLimits,
  type Generation,
  type HttpBrokerLimits,
  type HttpBrokerOptions,
  type HttpBrokerTls,
} from "./options.ts";
export type { HttpBrokerStats } from "./stats.ts";
