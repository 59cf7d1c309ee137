import { parentPort, workerData } from "node:worker_threads";
import { mapStackTraces } from "../graph/stack-traces.ts";
import { type Bridge, type Line, Bridge as WorkerBridge } from "./bridge.ts";
import { beat } from "./heartbeat.ts";
import type { HostOpening, ToWorker, WorkerOpening, WorkerStart } from "./messages.ts";
import { WorkerGraph } from "./worker-graph.ts";
import { loadService, type RunningService } from "./worker-service.ts";

// The worker of an isolated service: it is booted empty, gets the code of one service, and ends with it.
const { beats } = workerData as WorkerStart;
const port = parentPort;
if (port === null) throw new Error("this is the code of a worker");

beat(beats);
mapStackTraces();
let running: RunningService | undefined;
const bridge: Bridge<HostOpening, WorkerOpening> = new WorkerBridge(port, -1, accept);
const graph = new WorkerGraph(bridge);
port.on("message", (message: ToWorker) => bridge.receive(message));
port.postMessage({ type: "booted" });

function accept(opening: WorkerOpening, line: Line): void {
  run(opening, line).catch((error: unknown) => line.fail(error));
}

async function run(opening: WorkerOpening, line: Line): Promise<void> {
  if (opening.ask === "warm") {
    await Promise.all(opening.imports.map(([specifier, from]) => graph.externals.load(specifier, from)));
    line.done(undefined);
    return;
  }
  if (opening.ask === "evaluate") {
    setEnvironment(opening.env);
    running = await loadService(opening, graph, bridge, port as NonNullable<typeof port>);
    line.done(running.shape);
    return;
  }
  if (running === undefined) throw new Error("the worker has no code yet");
  await running.run(opening, line);
}

/** A worker that was booted before `.env` changed has the variables of then. */
function setEnvironment(env: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
}
