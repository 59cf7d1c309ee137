import { isAbsolute, relative } from "node:path";
import type { DevEvent, Leak, TypeProblem } from "../events.ts";
import { cutLine, type Line, line, span, type Tone } from "./line.ts";

type EventOf<Type extends DevEvent["type"]> = Extract<DevEvent, { readonly type: Type }>;

const maxProblems = 10;
const maxStackLines = 8;

/**
 * Says in lines what the events mean. The first word of an event's first line is its type, so that a file of them can
 * be searched; what belongs to it follows, indented.
 */
export class EventLines {
  private readonly root: string;
  /** The revision of each service that is served; 0 until its first swap. */
  private readonly revisions = new Map<string, number>();
  /** Services with calls that finish on old code: how that ended is told too. */
  private readonly draining = new Set<string>();
  private hadProblems: boolean | undefined;

  /** @param root the folder that paths are shown relative to */
  constructor(root: string) {
    this.root = root;
  }

  /** The lines of the next event. Some have none: a drain in which nothing was left to do. */
  describe(event: DevEvent): readonly Line[] {
    switch (event.type) {
      case "started":
        return this.started(event);
      case "swapped":
        return this.swapped(event);
      case "drained":
        return this.drained(event);
      case "removed":
        this.revisions.delete(event.service);
        return [line(span("removed", "warn"), " ", name(event.service), span(` (${this.path(event.file)})`, "dim"))];
      case "failed":
        return this.failed(event);
      case "recovered":
        return [line(span("recovered", "good"), ` ${this.path(event.file)}`)];
      case "restarted":
        return [line(span("restarted", "good"), ` in ${ms(event.ms)} because of ${event.reason}`)];
      case "blocked":
        return [this.blocked(event)];
      case "replaced":
        return [
          line(
            span("replaced", "warn"),
            " the worker of ",
            name(event.service),
            ` in ${ms(event.ms)}: ${event.reason}`,
          ),
        ];
      case "types":
        return this.types(event);
      case "log":
        return logged(event);
      case "ready":
        return this.ready(event);
    }
  }

  private started({ service, version, file, address, isolated, ms: time }: EventOf<"started">): readonly Line[] {
    // It also starts when another kernel takes over, with the code that it has.
    if (!this.revisions.has(service)) this.revisions.set(service, 0);
    const where = `(${this.path(file)}${isolated ? ", in a worker" : ""}, ${ms(time)})`;
    return [
      cutLine(
        span("started", "good"),
        " ",
        name(service),
        ` ${version} at `,
        span(address, "link"),
        span(` ${where}`, "dim"),
      ),
    ];
  }

  private swapped(event: EventOf<"swapped">): readonly Line[] {
    const { service, revision, files, transformMs, startMs, swapMs, totalMs, inFlight, announced } = event;
    this.revisions.set(service, revision);
    if (inFlight > 0) this.draining.add(service);
    const steps = `transform ${ms(transformMs)}, start ${ms(startMs)}, swap ${ms(swapMs)}`;
    const more = [
      ...(inFlight > 0 ? [`${calls(inFlight)} ${inFlight === 1 ? "finishes" : "finish"} on the old code`] : []),
      ...(announced ? ["announced"] : []),
    ].map((text) => `, ${text}`);
    return [
      cutLine(
        span("swapped", "good"),
        " ",
        name(service),
        ` revision ${revision} in `,
        span(ms(totalMs), "strong"),
        `: ${files.map((file) => this.path(file)).join(", ") || "no file changed"}`,
        span(` (${steps}${more.join("")})`, "dim"),
      ),
    ];
  }

  private drained({ service, revision, dropped, ms: time, leaks }: EventOf<"drained">): readonly Line[] {
    const isAwaited = this.draining.delete(service);
    const outcome = dropped === 0 ? "no call dropped" : `${calls(dropped)} dropped at the limit`;
    const end = line(
      span("drained", dropped === 0 ? "good" : "warn"),
      " ",
      name(service),
      ` in ${ms(time)}, ${outcome}`,
    );
    return [...(isAwaited || dropped > 0 ? [end] : []), ...leaks.map((leak) => this.leak(service, revision, leak))];
  }

  private leak(service: string, revision: number, { what, where }: Leak): Line {
    const whose = span(`, left behind by the code before revision ${revision}`, "dim");
    return line(span("leak", "warn"), " ", name(service), `: ${what} of ${where}`, whose);
  }

  private failed(event: EventOf<"failed">): readonly Line[] {
    const { phase, service, file, message, frame, stack } = event;
    const [first = "", ...others] = message.split("\n");
    const place =
      frame === undefined ? this.path(file ?? service ?? "") : `${this.path(frame.file)}:${frame.line}:${frame.column}`;
    const head = line(
      span("failed", "bad"),
      ` ${phase} `,
      span(place, "strong"),
      `${place === "" ? "" : ": "}${first}`,
    );
    return [
      head,
      ...others.map((text) => line(`  ${text}`)),
      ...(frame === undefined ? stackLines(stack, message) : frame.excerpt.split("\n").map(excerptLine)),
      ...this.whatServes(event),
    ];
  }

  /** What became of the service, which is what its user asks first. Running code that fails is still there. */
  private whatServes({ phase, service }: EventOf<"failed">): readonly Line[] {
    if (phase === "run") return [];
    if (service === undefined) {
      return this.revisions.size === 0 ? [] : [line(span("  everything serves on as it was", "dim"))];
    }
    const revision = this.revisions.get(service);
    if (revision === undefined) return [line(span(`  ${service} is not served until this is mended`, "warn"))];
    return [line(span(`  ${service} serves on with revision ${revision}`, "dim"))];
  }

  private blocked({ service, file, line: at, forMs }: EventOf<"blocked">): Line {
    const place = file === undefined ? "" : ` at ${this.path(file)}${at === undefined ? "" : `:${at}`}`;
    const who = service === undefined ? span("a service", "strong") : name(service);
    return line(
      span("blocked", "bad"),
      " ",
      who,
      ` kept the event loop for ${ms(forMs)}${place}; it was interrupted and runs in a worker from now on`,
    );
  }

  /** Says that types are well once, and again after they were not. */
  private types({ problems, ms: time }: EventOf<"types">): readonly Line[] {
    const isNews = this.hadProblems !== false;
    this.hadProblems = problems.length > 0;
    if (problems.length === 0)
      return isNews ? [line(span("types", "good"), span(` no problems (${ms(time)})`, "dim"))] : [];
    const count = `${problems.length} ${problems.length === 1 ? "problem" : "problems"}`;
    const more = problems.length - maxProblems;
    return [
      line(span("types", "warn"), ` ${count}`, span(` (${ms(time)})`, "dim")),
      ...problems.slice(0, maxProblems).map((problem) => this.problem(problem)),
      ...(more > 0 ? [line(`  and ${more} more`)] : []),
    ];
  }

  private problem({ file, line: at, column, code, message }: TypeProblem): Line {
    const [first = ""] = message.split("\n");
    return line("  ", span(`${this.path(file)}:${at}:${column}`, "strong"), span(` ${code} `, "dim"), first);
  }

  private ready({ ms: time, page }: EventOf<"ready">): readonly Line[] {
    const count = `${this.revisions.size} ${this.revisions.size === 1 ? "service" : "services"}`;
    return [
      ...(page === undefined ? [] : [line(span("page", "good"), " ", span(page, "link"))]),
      line(span("ready", "good"), " in ", span(ms(time), "strong"), span(`, ${count}`, "dim")),
    ];
  }

  private path(file: string): string {
    const path = isAbsolute(file) ? relative(this.root, file) : file;
    return (path.startsWith("..") || isAbsolute(path) ? file : path).replaceAll("\\", "/");
  }
}

const levels = { debug: "dim", info: "plain", warn: "warn", error: "bad" } as const satisfies Record<string, Tone>;

function logged({ level, service, text }: EventOf<"log">): readonly Line[] {
  const [first = "", ...others] = text.split("\n");
  return [
    line(span(level, levels[level]), " ", name(service), `: ${first}`),
    ...others.map((other) => line(`  ${other}`)),
  ];
}

/** The places of a stack. The message that V8 puts before them was shown already. */
function stackLines(stack: string | undefined, message: string): readonly Line[] {
  const places = (stack ?? "").split("\n").filter((text) => /^\s+at /.test(text) && !message.includes(text));
  return places.slice(0, maxStackLines).map((text) => line(span(`  ${text.trim()}`, "dim")));
}

function excerptLine(text: string): Line {
  return cutLine(span(`  ${text.replaceAll("\t", "  ")}`, /^\W*[\^~]+\s*$/.test(text) ? "bad" : "plain"));
}

function name(service: string): ReturnType<typeof span> {
  return span(service, "strong");
}

function calls(count: number): string {
  return `${count} ${count === 1 ? "call" : "calls"}`;
}

/** Milliseconds for people: a decimal while it says something. */
function ms(time: number): string {
  return `${time < 10 ? Number(time.toFixed(1)) : Math.round(time)} ms`;
}
