/** A time of day to the millisecond, as the terminal of `micro dev` shows it: by the clock that calls are measured by. */
export function clockText(at: number): string {
  const time = new Date(at);
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, "0"));
  return `${parts.join(":")}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}
