import { type Signal, signal } from "@preact/signals";

/** A method whose form is to be shown. */
export interface FormTarget {
  readonly service: string;
  readonly method: string;
}

/** The form that somebody was sent to; whoever shows it takes it away. */
export const formTarget: Signal<FormTarget | undefined> = signal(undefined);
