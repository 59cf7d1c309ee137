import { type CommandContext, formatDuration } from "@micro/kernel";
import { askNodes, type NodeAnswer, renderAnswers } from "../ask-nodes.ts";
import { Failure } from "../failure.ts";
import { printable } from "../printable.ts";

/** What a node says of itself: seconds since 1970, seconds, bytes, threads, nanoseconds. */
interface Stats {
  readonly started: number;
  readonly uptime: number;
  readonly memory: number;
  readonly threads: number;
  readonly gc: number;
}

/**
 * `micro stats SERVICE`: asks each node what it uses. The row of one that does not answer is as empty as go-micro's
 * tool leaves it; its error goes to stderr and makes the status 1.
 */
export async function run(context: CommandContext): Promise<number> {
  const versions = await askNodes(context, "Debug.Stats", readStats);
  context.stdout(renderAnswers(versions, "started\tuptime\tmemory\tthreads\tgc", renderStats));
  const failures = versions.flatMap(({ nodes }) => nodes.filter(({ error }) => error !== undefined));
  for (const { node, error } of failures) context.stderr(`${printable(`micro: ${node.id}: ${error}`)}\n`);
  return failures.length === 0 ? 0 : 1;
}

/**
 * The stats of an answer.
 *
 * @throws Failure when it is none
 */
export function readStats(answer: unknown): Stats {
  const said = (answer ?? {}) as Readonly<Record<string, unknown>>;
  const [started, uptime, memory, threads, gc] = ["started", "uptime", "memory", "threads", "gc"].map((name) => {
    // Go leaves a zero out.
    const number = Number(said[name] ?? 0);
    if (number >= 0 && number <= Number.MAX_SAFE_INTEGER) return number;
    throw new Failure(`its answer has no number for "${name}"`);
  }) as [number, number, number, number, number];
  return { started, uptime, memory, threads, gc };
}

/** The columns of one node, those of one that did not answer too. */
export function renderStats({ answer }: NodeAnswer<Stats>): string {
  if (answer === undefined) return "\t\t\t0\t";
  const { started, uptime, memory, threads, gc } = answer;
  const megabytes = (memory / (1024 * 1024)).toFixed(2);
  const columns = [renderTime(started), formatDuration(uptime * 1000), `${megabytes}mb`, threads];
  return [...columns, formatDuration(gc / 1e6)].join("\t");
}

/** In local time, as Go's layout `Jan 2 15:04:05` has it. */
function renderTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "";
  return `${date.toDateString().slice(4, 7)} ${date.getDate()} ${date.toTimeString().slice(0, 8)}`;
}
