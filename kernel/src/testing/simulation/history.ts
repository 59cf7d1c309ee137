/** One try of a call over the simulated network. */
export interface HistoryEntry {
  /** When it began, in virtual milliseconds. */
  readonly at: number;
  /** The node that calls. */
  readonly from: string;
  /** The node that is called, or the address where nobody is. */
  readonly to: string;
  readonly service: string;
  /** `Say.Hello` */
  readonly method: string;
  /** 1 for the first try of the call. */
  readonly attempt: number;
  /** Whether the request reached the node, whatever became of its answer. */
  readonly arrived: boolean;
  /** `answered`, the reason or code of the error, or `under way`. A stream is answered when it is open. */
  readonly outcome: string;
  /** How long it took, in virtual milliseconds. */
  readonly tookMs: number;
}
