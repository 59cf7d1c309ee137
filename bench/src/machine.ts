import { cpus, loadavg, release } from "node:os";

/** One line that says what the numbers were measured on. */
export function machineLine(): string {
  const [first, ...others] = cpus();
  return `${first?.model.trim() ?? "unknown CPU"}, ${others.length + 1} cores, ${process.platform} ${release()}, node ${process.version}`;
}

/** How busy the machine was with this and everything else: a table measured on a busy one is worth little. */
export function loadAverage(): string {
  return `load average of the last minute: ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores`;
}
