import { rateText } from "../ui/format.ts";

/** `12/s` */
export function perSecond(rate: number): string {
  return `${rateText(rate)}/s`;
}

/** `1 instance`, `2 instances` */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
