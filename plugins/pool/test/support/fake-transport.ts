import type { ClientExchange, Connection, DialTarget, Limits, Message } from "@micro/kernel";

/** Limits that end nothing. */
export const unlimited: Limits = { deadline: Number.POSITIVE_INFINITY, cancellation: undefined };

/** A target without limits. */
export function target(address = "10.0.0.1:1"): DialTarget {
  return { address, ...unlimited };
}

/** A message with this text. */
export function message(body: string): Message {
  return { header: {}, body };
}

/** Dials connections that a test answers, breaks and looks at. They carry one exchange at a time, as HTTP does. */
export class FakeTransport {
  readonly connections: FakeConnection[] = [];

  readonly dial = ({ address }: DialTarget): Promise<Connection> => Promise.resolve(this.connect(address));

  connect(address: string): FakeConnection {
    const connection = new FakeConnection(address);
    this.connections.push(connection);
    return connection;
  }

  /** Those that nobody closed and that did not break. */
  get open(): readonly FakeConnection[] {
    return this.connections.filter(({ isOpen }) => isOpen);
  }
}

export class FakeConnection implements Connection {
  readonly address: string;
  exchanges = 0;
  onClose: (() => void) | undefined = undefined;
  isOpen = true;
  /** What was asked last. */
  asked: string | undefined = undefined;
  #isSpoiled = false;
  #waiting: { resolve(reply: Message): void; reject(error: unknown): void } | undefined;
  #stream: ClientExchange | undefined;

  constructor(address: string) {
    this.address = address;
  }

  get usable(): boolean {
    return this.isOpen && !this.#isSpoiled && this.#waiting === undefined && this.#stream === undefined;
  }

  /** Whether a request is there to be answered. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  roundTrip({ body }: Message, _limits: Limits): Promise<Message> {
    if (!this.usable) return Promise.reject(new Error("this connection is in use"));
    this.exchanges++;
    this.asked = String(body);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  open(): ClientExchange {
    if (!this.usable) throw new Error("this connection is in use");
    this.exchanges++;
    const stream: ClientExchange = {
      send: () => Promise.resolve(),
      end() {},
      receive: () => Promise.resolve(undefined),
      close: () => {
        this.#stream = undefined;
      },
    };
    this.#stream = stream;
    return stream;
  }

  /** The peer answers what it was asked. */
  answer(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(message(`answer to ${this.asked}`));
  }

  /** The exchange ends at its deadline; its answer may still come. */
  cancel(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#isSpoiled = true;
    waiting?.reject(new Error("cancelled"));
  }

  /** It breaks, and nobody is told: `usable` alone knows. */
  spoil(): void {
    this.#isSpoiled = true;
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#waiting?.reject(new Error("closed"));
    this.#waiting = undefined;
    const { onClose } = this;
    this.onClose = undefined;
    onClose?.();
  }
}
