/** A try under way on a node, in the list of that node. */
export class Try {
  readonly startedAt: number;
  /** When its answer should have been there, by what its method usually takes. */
  readonly overdueAt: number;
  /** Whether it decides if the node comes in again. */
  isTrial = false;
  earlier: Try | undefined = undefined;
  later: Try | undefined = undefined;

  constructor(startedAt: number, overdueAt: number) {
    this.startedAt = startedAt;
    this.overdueAt = overdueAt;
  }
}
