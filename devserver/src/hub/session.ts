import { badRequest, type ClientStream, MicroError } from "@micro/kernel";
import type { PastFrame } from "../observe/history.ts";
import { framesOf } from "./frames.ts";
import type { LiveClient } from "./live-client.ts";
import type { Piece } from "./live-state.ts";
import type { ReplyFrame, RequestId } from "./protocol.ts";
import { type Asked, answer, answerText, methodOf, type RequestScope, readRequest, wireError } from "./requests.ts";

const dev = "go.micro.dev";
const maxUnderWay = 32;
const maxStreams = 16;
const maxUnsent = 64;

/** What one page asked for and has not got yet; ends with it. */
export class Session {
  private readonly scope: RequestScope;
  private readonly client: LiveClient;
  private readonly closing = new AbortController();
  private readonly streams = new Map<RequestId, OpenStream>();
  private underWay = 0;
  private hasHistory = false;

  constructor(scope: RequestScope, client: LiveClient) {
    this.scope = scope;
    this.client = client;
  }

  /** Takes what the page sent. Never throws. */
  take(text: string): void {
    let id: RequestId = 0;
    try {
      const asked = readRequest(text);
      id = asked.id;
      this.run(asked);
    } catch (error) {
      this.reply({ type: "reply", id, ok: false, error: wireError(error) });
    }
  }

  /** Calls off what is under way, streams too. */
  close(): void {
    this.closing.abort();
  }

  private run(asked: Asked): void {
    switch (asked.type) {
      case "resync":
        this.client.resync();
        break;
      case "history":
        this.sendHistory(asked.id, asked.since);
        break;
      case "open":
        this.open(asked.id, asked);
        break;
      case "send":
        this.stream(asked.id).send(asked.item);
        break;
      case "end":
        this.stream(asked.id).stream.end();
        break;
      case "close":
        this.streams.get(asked.id)?.stream.close();
        break;
      default:
        this.answer(asked);
    }
  }

  private answer(asked: Asked): void {
    if (this.underWay >= maxUnderWay) throw tooMany("requests are under way: wait for their answers");
    this.underWay++;
    void answer(this.scope, asked, this.closing.signal).then((reply) => {
      this.underWay--;
      this.reply(reply);
    });
  }

  private reply(reply: ReplyFrame): void {
    this.client.send(JSON.stringify(reply));
  }

  private sendHistory(id: RequestId, since: unknown = 0): void {
    if (typeof since !== "number") throw badRequest(dev, "since must be a time in milliseconds");
    if (this.hasHistory) throw tooMany("histories are on their way: wait for the end of the first");
    this.hasHistory = true;
    const frames = this.scope.observer.history.frames.filter(({ at }) => at > since);
    this.client.sendAll(this.historyFrames(id, frames));
  }

  private *historyFrames(id: RequestId, frames: readonly PastFrame[]): Generator<string> {
    let services: PastFrame["services"] | undefined;
    for (const frame of frames) {
      const head = `"type":"history","id":${JSON.stringify(id)},"at":${frame.at}`;
      yield* framesOf(piecesOf(frame, frame.services !== services), () => head);
      services = frame.services;
    }
    this.hasHistory = false;
    yield JSON.stringify({ type: "reply", id, ok: true, value: { frames: frames.length } } satisfies ReplyFrame);
  }

  private open(id: RequestId, asked: Asked): void {
    if (this.streams.has(id)) throw badRequest(dev, "a stream of that id is open");
    if (this.streams.size >= maxStreams) throw tooMany("streams are open: close one");
    const { service, method } = methodOf(asked);
    const { input } = asked;
    const stream = this.scope.host.kernel.client.stream(service, method, input, { signal: this.closing.signal });
    this.streams.set(id, new OpenStream(stream));
    void this.receiveAll(id, stream);
  }

  private stream(id: RequestId): OpenStream {
    const open = this.streams.get(id);
    if (open === undefined) throw badRequest(dev, "no stream of that id is open");
    return open;
  }

  private async receiveAll(id: RequestId, stream: ClientStream): Promise<void> {
    let error: unknown;
    try {
      for await (const item of stream) {
        this.client.send(JSON.stringify({ type: "item", id, item: answerText(item) }));
        await this.client.room(this.closing.signal);
      }
    } catch (thrown) {
      error = thrown;
    }
    this.streams.delete(id);
    this.client.send(JSON.stringify({ type: "ended", id, ...(error !== undefined && { error: wireError(error) }) }));
  }
}

/** A stream that a page opened. */
class OpenStream {
  readonly stream: ClientStream;
  private unsent = 0;

  constructor(stream: ClientStream) {
    this.stream = stream;
  }

  send(item: unknown): void {
    if (this.unsent >= maxUnsent) throw tooMany("items wait to be sent: the service does not take them");
    this.unsent++;
    const onEnd = (): void => {
      this.unsent--;
    };
    // That the stream failed is told when it ends.
    this.stream.send(item).then(onEnd, onEnd);
  }
}

function* piecesOf({ edges, services }: PastFrame, withServices: boolean): Generator<Piece> {
  for (const edge of edges) yield { member: "edges", text: JSON.stringify(edge), isEntry: true };
  if (!withServices) return;
  for (const service of services) yield { member: "services", text: JSON.stringify(service), isEntry: true };
}

function tooMany(what: string): MicroError {
  return new MicroError(dev, 429, `too many ${what}`);
}
