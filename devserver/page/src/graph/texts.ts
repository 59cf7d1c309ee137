/** `12/s`, `0.4/s`: two digits tell enough, and do not flicker. */
export function rateText(rate: number): string {
  return `${shortNumber(rate)}/s`;
}

/** `0.4 ms`, `20 ms`, `1.2 s` */
export function msText(ms: number): string {
  if (ms >= 60_000) return `${shortNumber(ms / 60_000)} min`;
  return ms >= 1000 ? `${shortNumber(ms / 1000)} s` : `${shortNumber(ms)} ms`;
}

/** `3 %`; never 0 for what is more. */
export function percentText(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 1) return "<1 %";
  return `${Math.round(percent)} %`;
}

/** `1 instance`, `2 instances` */
export function countText(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function shortNumber(value: number): string {
  if (value >= 10_000) return `${shortNumber(value / 1000)}k`;
  if (value >= 10) return String(Math.round(value));
  return String(Number(value.toPrecision(value >= 1 ? 2 : 1)));
}
