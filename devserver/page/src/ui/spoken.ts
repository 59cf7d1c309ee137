import { type Signal, signal } from "@preact/signals";

/** What a screen reader is to say, politely. */
export const spoken: Signal<string> = signal("");

/** Says something that the reader did: at once. */
export function say(text: string): void {
  spoken.value = text;
}
