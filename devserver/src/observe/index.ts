export { Observer, type ObserverOptions } from "./observer.ts";
