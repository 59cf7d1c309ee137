// For use without a kernel.
export { HttpTransport } from "./http-transport.ts";
export type { HttpLimits, HttpTlsOptions, HttpTransportOptions, TlsDialOptions, TlsListenOptions } from "./options.ts";
export { defaultHttpLimits } from "./options.ts";
export { transportHttp } from "./transport-http.ts";
