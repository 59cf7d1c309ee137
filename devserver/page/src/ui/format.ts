/** Calls a second as text: `0`, `0.4`, `12`, `1.2k`. */
export function rateText(rate: number): string {
  if (rate === 0) return "0";
  if (rate < 0.05) return "<0.1";
  return rate < 10 ? rate.toFixed(1) : countText(Math.round(rate));
}

/** `12/s` */
export function perSecond(rate: number): string {
  return `${rateText(rate)}/s`;
}

/** `1 instance`, `2 instances` */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** A number that is to be read at a glance: `999`, `1.2k`, `34k`, `5.6M`. */
export function countText(count: number): string {
  if (count < 1000) return String(count);
  if (count < 1e6) return `${short(count / 1000)}k`;
  return `${short(count / 1e6)}M`;
}

/** A duration in milliseconds: `0.4 ms`, `12 ms`, `1.2 s`; a dash for none. */
export function msText(ms: number): string {
  if (ms === 0) return "–";
  if (ms < 1) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** A share of one as percent: `0 %`, `0.4 %`, `12 %`. */
export function shareText(share: number): string {
  if (share === 0) return "0 %";
  const percent = share * 100;
  if (percent < 0.1) return "<0.1 %";
  return `${percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}

/** A time of day on the reader's clock, to the second. */
export function timeText(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}

/** How long ago something was: `now`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function agoText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 2) return "now";
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 129_600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** A path from its last folders: enough to know a file by. */
export function fileText(file: string): string {
  const parts = file.split(/[\\/]/);
  return parts.slice(-2).join("/");
}

function short(value: number): string {
  return value < 10 ? String(Number(value.toFixed(1))) : String(Math.round(value));
}
