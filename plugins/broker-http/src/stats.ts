/** What a broker has done since it was made. */
export interface HttpBrokerStats {
  /** Messages handed to `publish` and not refused. */
  published: number;
  /** Of those, the ones that nobody had subscribed to. */
  unheard: number;
  /** Subscribers, or queue groups, that a message reached: it was answered 200. */
  delivered: number;
  /** Subscribers, or queue groups, that a message did not reach, or perhaps did not. */
  failed: number;
  /** Messages sent to another member of a queue group because the first did not take them. */
  retried: number;
  /** Messages that came for a subscription here, and were taken. */
  received: number;
  /** Of those, the ones whose handler failed. */
  handlerErrors: number;
  /** Messages answered 503, because the subscriber here was too far behind. */
  overflowed: number;
  /** Messages that had been taken, and were not handled before their subscription ended. */
  dropped: number;
  /** Requests answered with any other error: no message, or none for anybody here. */
  rejected: number;
}

/** All zero. */
export function createStats(): HttpBrokerStats {
  return {
    published: 0,
    unheard: 0,
    delivered: 0,
    failed: 0,
    retried: 0,
    received: 0,
    handlerErrors: 0,
    overflowed: 0,
    dropped: 0,
    rejected: 0,
  };
}
