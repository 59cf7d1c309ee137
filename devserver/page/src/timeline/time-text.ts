/** `10:32:10`, as clocks here show it. */
export function timeText(at: number): string {
  const time = new Date(at);
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** `10:32` */
export function minuteText(at: number): string {
  return timeText(at).slice(0, 5);
}
