import { type CommandContext, type Kernel, type Message, UsageError } from "@micro/kernel";
import { mediaType, metadataOf } from "@micro/wire";
import { aborted } from "../aborted.ts";
import { Failure } from "../failure.ts";
import { printable, toJsonLine } from "../printable.ts";

/**
 * `micro subscribe TOPIC`: a line of JSON for each message until it is asked to end. It is no service: nothing calls
 * it, and only the broker knows of it.
 */
export async function run(context: CommandContext): Promise<number> {
  const { args, flags, signal, stderr } = context;
  const topic = parseTopic(args);

  const kernel = await context.start();
  const printer = new MessagePrinter(kernel, topic, context);
  const print = (message: Message): void => printer.print(message);
  const subscription = await kernel.get("broker").subscribe(topic, print, queueOf(flags.queue));
  stderr(`subscribed to ${topic}\n`);
  await aborted(signal);
  await subscription.close();
  if (printer.unreadable > 0) stderr(`micro: messages that could not be read: ${printer.unreadable}\n`);
  return 0;
}

function parseTopic([topic, ...more]: readonly string[]): string {
  if (topic === undefined) throw new UsageError("topic requested");
  if (more.length > 0) throw new UsageError(`one topic at a time, not also ${more.join(" ")}`);
  return topic;
}

function queueOf(queue: unknown): { readonly queue?: string } {
  return typeof queue === "string" && queue !== "" ? { queue } : {};
}

/** Writes messages a line each, and says of those that cannot be read why. */
class MessagePrinter {
  private readonly kernel: Kernel;
  private readonly topic: string;
  private readonly context: CommandContext;
  /** How many there were that could not be read. */
  unreadable = 0;

  constructor(kernel: Kernel, topic: string, context: CommandContext) {
    this.kernel = kernel;
    this.topic = topic;
    this.context = context;
  }

  /** Never throws: a message that anybody may send must not end the subscription. */
  print(message: Message): void {
    const { stdout, stderr } = this.context;
    try {
      stdout(`${this.render(message)}\n`);
    } catch (error) {
      this.unreadable++;
      const problem = error instanceof Error ? error.message : String(error);
      stderr(`${printable(`micro: a message cannot be read: ${problem}`)}\n`);
    }
  }

  private render(message: Message): string {
    const value = this.decode(message);
    if (this.context.flags.metadata !== true) return toJsonLine(value);
    return toJsonLine({ topic: this.topic, metadata: metadataOf(message.header), message: value });
  }

  private decode({ header, body }: Message): unknown {
    const contentType = header["Content-Type"] ?? "";
    const codec = this.kernel.hooks.codec.call(mediaType(contentType) ?? "");
    if (codec !== undefined) return codec.decode(body);
    throw new Failure(`no plugin brings a codec for its content type "${contentType}"`);
  }
}
