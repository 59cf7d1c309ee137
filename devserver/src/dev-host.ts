import type { Config, Kernel } from "@micro/kernel";
import type { DevEvents } from "./events.ts";
import type { GuestFactory } from "./host/guest.ts";

/** What runs the services of a project and swaps their code. */
export interface DevHost {
  readonly events: DevEvents;
  /** The kernel that serves now; another one after a restart. */
  readonly kernel: Kernel;
  readonly services: readonly DevService[];
  /** Builds and swaps a service, or all of them, whether or not something changed. Never rejects: what fails is an event. */
  reload(service?: string): Promise<void>;
  /** The files that some service is made of, absolute: the only ones that may be opened in an editor. */
  readonly files: ReadonlySet<string>;
  /** Runs the service of that file in a worker from now on, whatever it says itself. Never rejects. */
  isolate(file: string, reason: string): Promise<void>;
  /** Stops watching, drains and stops the kernel. Idempotent. */
  close(): Promise<void>;
}

/** A service as the host runs it. */
export interface DevService {
  readonly name: string;
  readonly version: string;
  /** Absolute. */
  readonly file: string;
  /** What others dial; empty while it is not served. */
  readonly address: string;
  /** How often it was swapped. */
  readonly revision: number;
  /** Why it is isolated in a worker, `undefined` when it is not. */
  readonly isolated: string | undefined;
  /** The message of what failed last and is not mended yet. */
  readonly failure: string | undefined;
}

/** What a host is started with. */
export interface DevHostOptions {
  /** The folder of the config file, or the working directory. */
  readonly root: string;
  /** Absolute; `undefined` where there is none. */
  readonly configFile: string | undefined;
  /** As the file has it. */
  readonly config: Config;
  readonly events: DevEvents;
  /** Starts a kernel with the command line's flags. */
  startKernel(config: Config, env: Readonly<Record<string, string | undefined>>): Promise<Kernel>;
  /** Real environment variables, which go before those of `.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Makes guests that run in a worker. Without it a service that needs one is not served, and told of as failed. */
  readonly isolate?: GuestFactory;
  /** How long calls on old code may go on, in milliseconds. Default 10,000. */
  readonly drainLimitMs?: number;
  /** How long new code may take to start, in milliseconds. Default 5000. */
  readonly startLimitMs?: number;
}
