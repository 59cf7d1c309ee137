import type { Socket } from "node:net";
import {
  bodyText,
  type ClientExchange,
  type Connection,
  cancelled,
  clientErrorId,
  deadlineExceeded,
  deadlines,
  Expiring,
  type Limits,
  type Message,
  MicroError,
} from "@micro/kernel";
import { connectionLost, whyExceeded } from "./errors.ts";
import { type FrameKind, type FrameReader, FrameSocket, frameKinds } from "./frames.ts";
import { Inbox } from "./inbox.ts";

/** The client's end of a connection. A stream has it for itself, and it is closed at the end of the stream. */
export class FooConnection implements Connection, FrameReader {
  readonly address: string;
  usable = true;
  exchanges = 0;
  onClose: (() => void) | undefined = undefined;
  readonly #frames: FrameSocket;
  #exchange: FooClientExchange | undefined;

  constructor(address: string, socket: Socket) {
    this.address = address;
    this.#frames = new FrameSocket(socket, this);
  }

  async roundTrip(message: Message, limits: Limits): Promise<Message> {
    const exchange = this.#start(message, limits, true);
    const reply = await exchange.receive();
    if (reply === undefined) throw new MicroError(clientErrorId, 502, "the peer ended the exchange without a reply");
    return reply;
  }

  open(message: Message, limits: Limits): ClientExchange {
    return this.#start(message, limits, false);
  }

  close(): void {
    this.usable = false;
    this.#frames.destroy();
  }

  onFrame(kind: FrameKind, message: Message): void {
    // Nobody asked for it: the two ends do not mean the same exchange any more.
    if (this.#exchange === undefined) this.close();
    else this.#exchange.take(kind, message);
  }

  onClosed(): void {
    this.usable = false;
    this.#exchange?.lose();
    this.onClose?.();
  }

  #start(message: Message, limits: Limits, isCall: boolean): FooClientExchange {
    this.exchanges++;
    const exceeded = this.usable ? whyExceeded(limits) : connectionLost("it is closed or in use", true);
    const exchange = new FooClientExchange(this.#frames, limits, (isWhole) => {
      this.#exchange = undefined;
      if (isWhole && isCall) this.usable = true;
      else this.close();
    });
    if (exceeded !== undefined) {
      exchange.refuse(exceeded);
      return exchange;
    }
    this.usable = false;
    this.#exchange = exchange;
    exchange.start(isCall ? frameKinds.call : frameKinds.message, message);
    return exchange;
  }
}

/** The client's end of an exchange. */
class FooClientExchange extends Expiring implements ClientExchange {
  readonly #frames: FrameSocket;
  readonly #limits: Limits;
  readonly #onOver: (isWhole: boolean) => void;
  readonly #inbox: Inbox;
  #isEnded = false;
  #over: MicroError | undefined;

  constructor(frames: FrameSocket, limits: Limits, onOver: (isWhole: boolean) => void) {
    super();
    this.#frames = frames;
    this.#limits = limits;
    this.#onOver = onOver;
    this.#inbox = new Inbox((reads) => {
      frames.reads = reads;
    });
    this.expiry = limits.deadline;
  }

  /** Sends the first message; from now on the limits count. */
  start(kind: FrameKind, message: Message): void {
    void this.#frames.write(kind, message);
    if (this.expiry !== Number.POSITIVE_INFINITY) deadlines.add(this);
    this.#limits.cancellation?.add(this);
  }

  /** Fails before anything was sent; the connection stays as it is. */
  refuse(error: MicroError): void {
    this.#over = error;
    this.#inbox.end(error);
  }

  async send(message: Message): Promise<void> {
    if (this.#over === undefined) await this.#frames.write(frameKinds.message, message);
    if (this.#over !== undefined) throw this.#over;
  }

  end(): void {
    if (this.#isEnded || this.#over !== undefined) return;
    this.#isEnded = true;
    void this.#frames.write(frameKinds.end);
  }

  receive(): Promise<Message | undefined> {
    return this.#inbox.next();
  }

  close(): void {
    this.#giveUp(cancelled(undefined));
  }

  expire(): void {
    this.#giveUp(deadlineExceeded());
  }

  abort(reason: unknown): void {
    this.#giveUp(cancelled(reason));
  }

  /** A frame of the server. */
  take(kind: FrameKind, message: Message): void {
    if (kind === frameKinds.refused) {
      this.#inbox.end(refusal(message));
      this.#finish(connectionLost("the peer refused the exchange"), false);
      return;
    }
    this.#inbox.push(message);
    if (kind !== frameKinds.last) return;
    this.#inbox.end();
    this.#finish(connectionLost("the peer ended the exchange"), true);
  }

  /** The connection is gone: what came is still read, then the error. */
  lose(): void {
    const error = connectionLost("the peer went away");
    this.#inbox.end(error);
    this.#finish(error, false);
  }

  /** Nobody wants an answer any more. */
  #giveUp(error: MicroError): void {
    if (this.#over !== undefined) return;
    this.#inbox.discard(error);
    this.#finish(error, false);
  }

  #finish(error: MicroError, isWhole: boolean): void {
    if (this.#over !== undefined) return;
    this.#over = error;
    deadlines.delete(this);
    this.#limits.cancellation?.delete(this);
    this.#onOver(isWhole);
  }
}

function refusal({ header, body }: Message): MicroError {
  const { id, code, detail } = MicroError.parse(bodyText(body));
  const retryAfterMs = Number(header["Retry-After-Ms"]);
  return new MicroError(id, code, detail, {
    reason: "refused",
    notProcessed: header["Not-Processed"] === "1",
    ...(retryAfterMs > 0 && { retryAfterMs }),
  });
}
