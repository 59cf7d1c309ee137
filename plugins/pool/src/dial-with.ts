import type { Connection, DialNext, DialTarget } from "@micro/kernel";

/** Dials; what it throws at once becomes a promise that rejects, so that there is one way to fail. */
export function dialWith(dial: DialNext, target: DialTarget): Connection | Promise<Connection> {
  try {
    return dial(target);
  } catch (error) {
    return Promise.reject(error);
  }
}
