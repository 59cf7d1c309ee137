import type { Config, Kernel, MethodKind } from "@micro/kernel";
import type { DevEvents, FailurePhase } from "./events.ts";
import type { GuestFactory } from "./host/guest.ts";
import type { InputShape } from "./host/input-shape.ts";

/** What runs the services of a project and swaps their code. */
export interface DevHost {
  /** The folder of the config file, or the working directory; absolute. */
  readonly root: string;
  readonly events: DevEvents;
  /** The kernel that serves now; another one after a restart. */
  readonly kernel: Kernel;
  readonly services: readonly DevService[];
  /** Builds and swaps a service, or all of them, whether or not something changed. Never rejects: what fails is an event. */
  reload(service?: string): Promise<void>;
  /**
   * Calls a method on code that was replaced, while that finishes its calls.
   *
   * @throws MicroError 409 when it has none any more, and whatever the method throws
   */
  callReplaced(replaced: ReplacedCall): Promise<unknown>;
  /** The files that some service is made of, absolute: the only ones that may be opened in an editor. */
  readonly files: ReadonlySet<string>;
  /** Runs the service of that file in a worker from now on, whatever it says itself. Never rejects. */
  isolate(file: string, reason: string): Promise<void>;
  /** Stops watching, drains and stops the kernel. Idempotent. */
  close(): Promise<void>;
}

/** A call that is meant for code that was replaced. */
export interface ReplacedCall {
  readonly service: string;
  /** Of {@link DevService.draining}. */
  readonly revision: number;
  readonly method: string;
  readonly input: unknown;
  readonly signal: AbortSignal;
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
  /** The same with its place; absent when nothing is to mend. */
  readonly failureDetail?: FailureDetail;
  /** Code that was replaced and still finishes its calls, oldest first. */
  readonly draining: readonly DrainingCode[];
  /** What can be called of the code that serves, in its order; empty while it is not served. */
  readonly methods: readonly DevMethod[];
}

/** Code of a service that was replaced and still finishes its calls. */
export interface DrainingCode {
  /** How often the service had been swapped when this code took over: the number to replay on it with. */
  readonly revision: number;
  /** How many calls and messages still run on it. */
  readonly inFlight: number;
}

/** What does not work, and where. Texts are cut, places are those of the source as it was written. */
export interface FailureDetail {
  readonly phase: FailurePhase;
  readonly message: string;
  /** Absolute; `undefined` where no file is to blame. */
  readonly file: string | undefined;
  /** From 1; `undefined` where the place in the file is not known, like the two that follow. */
  readonly line: number | undefined;
  /** From 1. */
  readonly column: number | undefined;
  /** The lines around the place with a mark under it. */
  readonly excerpt: string | undefined;
  /** Source-mapped; absent for code that does not build. */
  readonly stack?: string;
}

/** A method of a service that this process runs. */
export interface DevMethod {
  /** `Say.Hello` */
  readonly name: string;
  readonly kind: MethodKind;
  /** Whether it says that running it twice does no harm. */
  readonly idempotent: boolean;
  /** What it takes, each item of it where it takes a stream; `null` where it has no schema, as in a worker. */
  readonly input: InputShape | null;
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
