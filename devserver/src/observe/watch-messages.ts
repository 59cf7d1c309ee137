import type { PublishNext, SubscriberNext } from "@micro/kernel";
import { callerWithin, readTrace, withTrace } from "./trace.ts";
import { beginCall, type Watching } from "./watching.ts";

/** Sees messages on their way to a topic. */
export function watchPublish(watching: Watching, next: PublishNext): PublishNext {
  return (publication) => {
    const { topic, metadata } = publication;
    const carried = readTrace(metadata);
    const span = watching.spans.next();
    const trace = carried?.trace ?? span;
    const caller = callerWithin(carried, metadata);
    const head = {
      id: span,
      trace,
      parent: carried?.span,
      kind: "publish",
      caller,
      service: topic,
      method: topic,
    } as const;
    const edge = watching.traffic.edge("publish", caller, topic.slice(0, 256), "");
    const call = beginCall(watching, edge, head, metadata, publication.message, () => undefined);
    return call.watch(next({ ...publication, metadata: withTrace(metadata, trace, span, caller, "") }));
  };
}

/** Sees messages that come from a topic to a subscriber. */
export function watchSubscriber(watching: Watching, next: SubscriberNext, topic: string): SubscriberNext {
  return (context) => {
    const { metadata, service } = context;
    const carried = readTrace(metadata);
    const span = watching.spans.next();
    const trace = carried?.trace ?? span;
    const head = {
      id: span,
      trace,
      parent: carried?.span,
      kind: "deliver",
      caller: topic,
      service,
      method: topic,
    } as const;
    const edge = watching.traffic.edge("deliver", topic.slice(0, 256), service, "");
    const call = beginCall(watching, edge, head, metadata, context.message);
    // What the subscriber calls is called by it, and not by whoever sent the message.
    context.metadata = withTrace(metadata, trace, span, carried?.caller ?? "", service);
    try {
      return call.watch(next(context));
    } catch (error) {
      call.failed(error);
      throw error;
    }
  };
}
