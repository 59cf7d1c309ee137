/** What goes along something in one window of time. */
export interface Figures {
  /** A second. */
  readonly rate: number;
  /** Those that failed, a second. */
  readonly errorRate: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Nothing went along. */
export const noFigures: Figures = { rate: 0, errorRate: 0, p50Ms: 0, p95Ms: 0 };

/** How much of it fails: the colour and the dashes of a line. */
export type ErrorLevel = "none" | "some" | "many";

/** The share of what failed, from 0 to 1. */
export function errorShare({ rate, errorRate }: Pick<Figures, "rate" | "errorRate">): number {
  return rate === 0 ? 0 : Math.min(1, errorRate / rate);
}

/** One call of twenty is many. */
export function errorLevel(share: number): ErrorLevel {
  if (share === 0) return "none";
  return share < 0.05 ? "some" : "many";
}

/** How thick a line is drawn: each doubling adds as much. */
export function lineWidth(rate: number): number {
  // In steps, so that it does not waver with every call.
  return Math.min(7, Math.round((1.25 + 0.6 * Math.log2(1 + rate)) * 4) / 4);
}

/**
 * The figures of several methods as those of one. Rates add up. What the percentiles of all calls together are cannot be
 * known from those of the methods; each is taken for log-normal, which two percentiles determine, and the mixture of
 * them is asked. An average would be wrong by far where a slow method is called seldom.
 */
export function combined(parts: readonly Figures[]): Figures {
  const busy = parts.filter(({ rate }) => rate > 0);
  if (busy.length <= 1) return busy[0] ?? noFigures;
  let rate = 0;
  let errorRate = 0;
  for (const part of busy) {
    rate += part.rate;
    errorRate += part.errorRate;
  }
  return { rate, errorRate, p50Ms: quantile(busy, rate, 0.5), p95Ms: quantile(busy, rate, 0.95) };
}

// How many standard deviations the 95th percentile is away from the median.
const z95 = 1.645;

function quantile(parts: readonly Figures[], rate: number, share: number): number {
  let low = Math.log(Math.min(...parts.map(({ p50Ms }) => positive(p50Ms))));
  let high = Math.log(Math.max(...parts.map(({ p95Ms }) => positive(p95Ms))));
  for (let round = 0; round < 24; round++) {
    const middle = (low + high) / 2;
    if (shareBelow(parts, rate, middle) < share) low = middle;
    else high = middle;
  }
  return Number(Math.exp(high).toPrecision(3));
}

function shareBelow(parts: readonly Figures[], rate: number, logMs: number): number {
  let sum = 0;
  for (const part of parts) {
    const median = Math.log(positive(part.p50Ms));
    const deviation = Math.max((Math.log(positive(part.p95Ms)) - median) / z95, 1e-3);
    sum += (part.rate / rate) * normalShare((logMs - median) / deviation);
  }
  return sum;
}

// The share of a normal distribution below z, by a logistic curve: off by less than 0.01, and the buckets are coarser.
function normalShare(z: number): number {
  return 1 / (1 + Math.exp(-1.702 * z));
}

function positive(ms: number): number {
  return Math.max(ms, 0.01);
}
