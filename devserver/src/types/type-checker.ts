import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { dirname } from "node:path";
import type { TypeProblem } from "../events.ts";
import type { TypeScriptProject } from "./find-typescript.ts";
import { parseProblems } from "./parse-problems.ts";

/** What a type checker is made with. */
export interface TypeCheckerOptions {
  readonly project: TypeScriptProject;
  /** Told of each check that came to its end. */
  onResult(problems: readonly TypeProblem[], ms: number): void;
  /** Told when the compiler does not work at all. */
  onFailure(message: string): void;
  /** How long it waits for more edits before it starts, in milliseconds. Default 300. */
  readonly delayMs?: number;
  /** How long a check may take, in milliseconds. Default 120,000. */
  readonly limitMs?: number;
}

/**
 * Runs the project's compiler in the background: one check at a time, with a low priority, so that the services have
 * the machine. A newer edit ends the check that is under way.
 */
export class TypeChecker {
  private readonly options: TypeCheckerOptions;
  private timer: NodeJS.Timeout | undefined;
  private check: Check | undefined;
  private closed = false;
  private readonly cancel: () => void;

  constructor(options: TypeCheckerOptions) {
    this.options = options;
    this.cancel = () => this.giveUp();
    process.on("exit", this.cancel); // A second Ctrl-C closes nothing.
  }

  /** Checks soon. What an earlier call began is given up. */
  schedule(delayMs: number = this.options.delayMs ?? 300): void {
    this.cancel();
    if (this.closed) return;
    this.timer = setTimeout(() => {
      this.check = new Check(this.options);
    }, delayMs);
  }

  /** Ends what is under way. Idempotent. */
  close(): void {
    this.closed = true;
    this.cancel();
    process.off("exit", this.cancel);
  }

  private giveUp(): void {
    clearTimeout(this.timer);
    this.check?.cancel();
    this.check = undefined;
  }
}

/** One run of the compiler. */
class Check {
  private readonly child: ChildProcess;
  private readonly limit: NodeJS.Timeout;
  private isOver = false;

  constructor(options: TypeCheckerOptions) {
    const { project, onResult, onFailure, limitMs = 120_000 } = options;
    const start = performance.now();
    this.child = spawnCompiler(project);
    this.limit = setTimeout(() => end(() => onFailure(`tsc took longer than ${limitMs / 1000} s`)), limitMs);
    const end = (tell: () => void): void => {
      if (this.isOver) return;
      this.cancel();
      tell();
    };
    const output = collect(this.child);
    this.child.once("error", (error) => end(() => onFailure(`tsc does not start: ${error.message}`)));
    this.child.once("close", (status) => {
      const problems = parseProblems(output(), dirname(project.config), project.config);
      // 0 no problems, 1 and 2 problems; everything else is not about types.
      if (status === 0 || problems.length > 0) end(() => onResult(problems, performance.now() - start));
      else end(() => onFailure(`tsc ended with ${status}: ${output().trim().slice(0, 500)}`));
    });
  }

  cancel(): void {
    this.isOver = true;
    clearTimeout(this.limit);
    killGroup(this.child);
  }
}

function spawnCompiler({ compiler, config, cacheFile }: TypeScriptProject): ChildProcess {
  mkdirSync(dirname(cacheFile), { recursive: true });
  const options = ["--noEmit", "--emitDeclarationOnly", "false", "--incremental", "--tsBuildInfoFile", cacheFile];
  const child = spawn(process.execPath, [compiler, "-p", config, ...options, "--pretty", "false"], {
    cwd: dirname(config),
    // A group of its own: TypeScript 7 is a program that the script starts, and both must end.
    detached: !isWindows,
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  lowerPriority(child);
  return child;
}

const isWindows = process.platform === "win32";

function lowerPriority({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended, or the system does not let us; it is as well without.
  }
}

const maxOutput = 1_000_000;

function collect({ stdout, stderr }: ChildProcess): () => string {
  let text = "";
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      if (text.length < maxOutput) text += chunk;
    });
  }
  return () => text;
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    if (isWindows) spawn("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore" }).on("error", () => {});
    else process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
