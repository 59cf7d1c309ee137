import {
  bidi,
  type Config,
  createMemoryNetwork,
  defineService,
  type Kernel,
  type MemoryNetwork,
  memory,
  type ServiceDefinition,
  serverStream,
  startKernel,
} from "@micro/kernel";
import type { DevHost, DevService, ReplacedCall } from "../../src/dev-host.ts";
import { DevEvents } from "../../src/events.ts";
import { Observer, type ObserverOptions } from "../../src/observe/index.ts";

/** A fleet of kernels in memory, one of which is observed. */
export interface Observed {
  readonly observer: Observer;
  readonly kernel: Kernel;
  readonly network: MemoryNetwork;
  /** A kernel that nobody observes. */
  join(services?: readonly ServiceDefinition[]): Promise<Kernel>;
}

/** Runs a test with an observed kernel, and stops all kernels behind it. */
export async function withObserved(
  {
    services = [],
    options = {},
    config = {},
  }: { services?: readonly ServiceDefinition[]; options?: ObserverOptions; config?: Config },
  run: (observed: Observed) => Promise<void>,
): Promise<void> {
  const network = createMemoryNetwork();
  const observer = new Observer(options);
  const kernels: Kernel[] = [];
  const start = async (more: Config): Promise<Kernel> => {
    const { plugins = [], ...rest } = more;
    const kernel = await startKernel({ ...rest, plugins: [memory({ network }), ...plugins], log: silent });
    kernels.push(kernel);
    return kernel;
  };
  try {
    const plugins = [...(config.plugins ?? []), observer.plugin()];
    const kernel = await start({ services, ...config, plugins });
    await run({ observer, kernel, network, join: (more = []) => start({ services: more }) });
  } finally {
    observer.close();
    await Promise.all(kernels.map((kernel) => kernel.stop()));
  }
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A host as the real one looks from outside, around a kernel that the test started. */
export class FakeHost implements DevHost {
  readonly root = "/project";
  readonly events = new DevEvents();
  readonly files: Set<string> = new Set();
  readonly reloaded: (string | undefined)[] = [];
  services: DevService[] = [];
  kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  async reload(service?: string): Promise<void> {
    this.reloaded.push(service);
  }

  async callReplaced({ service, revision, method }: ReplacedCall): Promise<unknown> {
    return { revision, of: `${service} ${method}` };
  }

  async isolate(): Promise<void> {}

  async close(): Promise<void> {}
}

/** A service as a host tells of it, with what a test says of it. */
export function devService(name: string, changes: Partial<DevService> = {}): DevService {
  return {
    ...{ name, version: "1", file: "/a.ts", address: "", revision: 0 },
    ...{ isolated: undefined, failure: undefined, draining: [], methods: [] },
    ...changes,
  };
}

/** Greets; `Fail` fails, `Count` and `Echo` are streams. */
export const greeter: ServiceDefinition = defineService({
  name: "go.micro.srv.greeter",
  handlers: {
    Say: {
      Hello: ({ name }: { name: string }) => ({ msg: `Hello ${name}` }),
      Fail: async () => {
        throw new Error("no");
      },
      Count: serverStream(async function* ({ to }: { to: number }) {
        for (let n = 0; n < to; n++) yield { n };
      }),
      Echo: bidi(async function* (items: AsyncIterable<unknown>) {
        yield* items;
      }),
    },
  },
});

/** Passes on to the greeter. */
export const front: ServiceDefinition = defineService({
  name: "go.micro.srv.front",
  handlers: {
    Front: {
      Hello: (input: { name: string }, { client }) => client.call("go.micro.srv.greeter", "Say.Hello", input),
    },
  },
});

/** The edges of an observer as short texts: `outside -> go.micro.srv.greeter Say.Hello 2/0`, calls and errors. */
export function edgesOf({ traffic }: Observer): string[] {
  return [...traffic.values()]
    .filter(({ calls }) => calls > 0)
    .map(({ kind, caller, callee, method, calls, errors }) => {
      const what = kind === "call" ? method : kind;
      return `${caller} -> ${callee} ${what} ${calls}/${errors}`.replaceAll("go.micro.srv.", "");
    })
    .sort();
}
