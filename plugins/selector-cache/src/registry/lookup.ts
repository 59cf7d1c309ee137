import type { MicroError, RegistryEvent, ServiceRecord } from "@micro/kernel";

const maxEvents = 1000;

/** One question to the registry, and everybody who waits for its answer. */
export class Lookup {
  /** What was heard of the service since the question. */
  readonly events: RegistryEvent[] = [];
  /** Whether it was given up. Its answer is welcome all the same, until another question goes out. */
  isOver = false;
  #answer: Promise<readonly ServiceRecord[]> | undefined;
  #resolve: (records: readonly ServiceRecord[]) => void = () => {};
  #reject: (error: MicroError) => void = () => {};
  #timer: NodeJS.Timeout | undefined;

  /** Keeps an event; of very many the oldest goes, and the next answer of the registry makes up for it. */
  note(event: RegistryEvent): void {
    this.events.push(event);
    if (this.events.length > maxEvents) this.events.shift();
  }

  /**
   * The answer, one promise for all.
   *
   * @param onLimit called when there is none by then; it is to call {@link reject}
   */
  wait(limitMs: number, onLimit: () => void): Promise<readonly ServiceRecord[]> {
    this.#answer ??= new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#timer = setTimeout(onLimit, limitMs);
      this.#timer.unref();
    });
    return this.#answer;
  }

  resolve(records: readonly ServiceRecord[]): void {
    this.#end();
    this.#resolve(records);
  }

  reject(error: MicroError): void {
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.isOver = true;
    clearTimeout(this.#timer);
  }
}
