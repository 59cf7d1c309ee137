// One call moves the mean by this part of the difference.
const share = 1 / 16;

/** How long the calls of one method take, as a moving mean in milliseconds; 0 before the first one. */
export class ServiceTime {
  ms = 0;

  note(tookMs: number): void {
    this.ms += (tookMs - this.ms) * (this.ms === 0 ? 1 : share);
  }
}
