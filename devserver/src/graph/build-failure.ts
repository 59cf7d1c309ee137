import type { Frame } from "../events.ts";

/** A file that could not be made runnable: it does not parse, or imports what does not exist. */
export class BuildFailure extends Error {
  readonly file: string;
  readonly frame: Frame | undefined;

  constructor(message: string, file: string, frame: Frame | undefined, options?: ErrorOptions) {
    super(message, options);
    this.name = "BuildFailure";
    this.file = file;
    this.frame = frame;
  }
}
