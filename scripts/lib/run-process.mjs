import { spawn } from "node:child_process";

/**
 * @typedef {object} Outcome
 * @property {number | null} code exit code; null when a signal ended the process
 * @property {NodeJS.Signals | null} signal
 * @property {boolean} timedOut whether the time limit ended it
 * @property {string} output stdout and stderr as they came; of a very long one the beginning and the end
 * @property {number} ms how long it ran
 */

/** Of an output longer than twice this, the middle is dropped. */
const keptCharacters = 1_000_000;

/** @type {Set<() => void>} */
const killers = new Set();

/**
 * Runs a program to its end, in a process group of its own: at the time limit, and when the program has ended, what is
 * left of the group is killed, so nothing that it started outlives it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number }} [options] the time limit is 10 minutes
 * @returns {Promise<Outcome>} never rejects: a program that cannot be started has code 127
 */
export function runProcess(command, args, { cwd, env, timeoutMs = 600_000 } = {}) {
  return new Promise((resolve) => {
    const start = performance.now();
    const child = spawn(command, args, { cwd, env, detached: !isWindows, stdio: ["ignore", "pipe", "pipe"] });
    const output = collect(child.stdout, child.stderr);
    const kill = () => killGroup(child.pid);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, timeoutMs);
    killers.add(kill);

    /** @param {Pick<Outcome, "code" | "signal">} end */
    const finish = ({ code, signal }) => {
      clearTimeout(timer);
      killers.delete(kill);
      resolve({ code, signal, timedOut, output: output(), ms: performance.now() - start });
    };
    child.once("error", () => finish({ code: 127, signal: null }));
    child.once("exit", kill); // A grandchild would hold the pipes, and "close" would not come.
    child.once("close", (code, signal) => finish({ code, signal }));
  });
}

/** Makes an interrupt of this process end what it has started: groups of their own do not hear Ctrl-C. */
export function killWithUs() {
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.once(signal, () => {
      for (const kill of killers) kill();
      process.exit(130);
    });
  }
}

const isWindows = process.platform === "win32";

/** @param {readonly import("node:stream").Readable[]} streams */
function collect(...streams) {
  let head = "";
  let tail = "";
  for (const stream of streams) {
    stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      if (head.length < keptCharacters) head += text;
      else tail = (tail + text).slice(-keptCharacters);
    });
  }
  return () => (tail.length < keptCharacters ? head + tail : `${head}\n… cut …\n${tail}`);
}

/** @param {number | undefined} pid */
function killGroup(pid) {
  if (pid === undefined) return;

  try {
    if (isWindows) spawn("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore" }).on("error", () => {});
    else process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in the group.
  }
}
