/**
 * Whether the text has neither control characters, other than a tab, which could forge lines further on, nor halves of
 * surrogate pairs, which no UTF-8 can carry.
 */
export function isPlainText(text: string): boolean {
  return !/[^\P{Cc}\t]|\p{Cs}/u.test(text);
}
