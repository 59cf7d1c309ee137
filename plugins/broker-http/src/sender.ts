import { Agent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import type { Deadline } from "@micro/kernel";
import { Lanes } from "./lanes.ts";
import type { HttpBrokerTls, ResolvedBrokerOptions } from "./options.ts";
import { Post, type SendFailure } from "./post.ts";
import type { Target } from "./target.ts";

/** Posts messages over kept connections, so many at a time. */
export class Sender {
  readonly #lanes: Lanes;
  readonly #tls: HttpBrokerTls["dial"];
  readonly #plainAgent = new Agent(agentOptions);
  readonly #posts = new Set<Post>();
  #tlsAgent: TlsAgent | undefined;

  constructor({ limits, tls }: ResolvedBrokerOptions) {
    this.#lanes = new Lanes(limits.posts, limits.postsPerAddress);
    this.#tls = tls.dial;
  }

  /** Posts it in its turn. Resolves to why that failed, or to `undefined` when it was answered 200; never rejects. */
  send(target: Target, body: Buffer, deadline: Deadline): Promise<SendFailure | undefined> {
    return new Promise((resolve) => {
      const post = new Post(target, body, deadline, this.#agentFor(target), (failure) => {
        this.#posts.delete(post);
        this.#lanes.leave(target.address, post);
        resolve(failure);
      });
      this.#posts.add(post);
      this.#lanes.enter(target.address, post);
    });
  }

  /** Gives up what is on its way, and closes all connections. */
  close(): void {
    for (const post of [...this.#posts]) post.abandon("the broker closed");
    this.#plainAgent.destroy();
    this.#tlsAgent?.destroy();
  }

  #agentFor({ secure }: Target): Agent {
    if (!secure) return this.#plainAgent;
    this.#tlsAgent ??= new TlsAgent({ ...agentOptions, minVersion: "TLSv1.2", ...dialOptions(this.#tls) });
    return this.#tlsAgent;
  }
}

// Idle connections go before a subscriber of ours closes them, which it does after 75 s, and at most a few stay. How
// many are in use is the lanes' to say.
const agentOptions = { keepAlive: true, maxFreeSockets: 4, timeout: 60_000, noDelay: true } as const;

function dialOptions({ ca, cert, key, serverName }: NonNullable<HttpBrokerTls["dial"]> = {}): object {
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}
