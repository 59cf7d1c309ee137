import { Session } from "node:inspector";
import { fileURLToPath } from "node:url";

/** A place in a compiled script. */
export interface ScriptPlace {
  /** What the engine calls the script. */
  readonly script: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** A frame as the engine's inspector tells of it. */
export interface InspectedFrame {
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber?: number };
}

const answerLimitMs = 1500;

/**
 * Where a worker of this process is, innermost first; nothing when it does not say in time. The worker runs on.
 *
 * @param title the name that the worker was made with
 */
export async function placesInWorker(title: string): Promise<readonly ScriptPlace[]> {
  const session = new Session();
  let timer: NodeJS.Timeout | undefined;
  try {
    session.connect();
    return await Promise.race([
      ask(session, title),
      new Promise<readonly ScriptPlace[]>((resolve) => {
        timer = setTimeout(resolve, answerLimitMs, []);
      }),
    ]);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
    session.disconnect();
  }
}

function ask(session: Session, title: string): Promise<readonly ScriptPlace[]> {
  return new Promise((resolve) => {
    const scripts = new Map<string, string>();
    let places: readonly ScriptPlace[] = [];
    let sessionId = "";
    const tell = (id: number, method: string): void =>
      session.post("NodeWorker.sendMessageToWorker", { sessionId, message: JSON.stringify({ id, method }) });
    session.on("NodeWorker.attachedToWorker", ({ params }) => {
      if (!params.workerInfo.title.endsWith(` ${title}`)) return;
      sessionId = params.sessionId;
      tell(1, "Debugger.enable");
      tell(2, "Debugger.pause");
    });
    session.on("NodeWorker.receivedMessageFromWorker", ({ params }) => {
      if (params.sessionId !== sessionId) return;
      const message = JSON.parse(params.message) as InspectorMessage;
      if (message.method === "Debugger.scriptParsed") scripts.set(message.params.scriptId, message.params.url);
      // A worker that is paused cannot be ended, so it goes on before anything else is done.
      if (message.method === "Debugger.paused") {
        places = placesOfFrames(message.params.callFrames, scripts);
        tell(3, "Debugger.disable");
      }
      if (message.id === 3) resolve(places);
    });
    session.post("NodeWorker.enable", { waitForDebuggerOnStart: false });
  });
}

type InspectorMessage =
  | {
      readonly method: "Debugger.scriptParsed";
      readonly id?: undefined;
      readonly params: { readonly scriptId: string; readonly url: string };
    }
  | {
      readonly method: "Debugger.paused";
      readonly id?: undefined;
      readonly params: { readonly callFrames: readonly InspectedFrame[] };
    }
  | { readonly method?: undefined; readonly id: number };

/** Frames name no script by its name, which was told when the script was first seen. */
function placesOfFrames(
  frames: readonly InspectedFrame[],
  scripts: ReadonlyMap<string, string>,
): readonly ScriptPlace[] {
  return frames.map(({ location: { scriptId, lineNumber, columnNumber = 0 } }) => {
    return { script: scriptName(scripts.get(scriptId) ?? ""), line: lineNumber + 1, column: columnNumber + 1 };
  });
}

/** The inspector makes a URL of what looks like a path, the number of a text included. */
export function scriptName(url: string): string {
  if (!url.startsWith("file:")) return url;
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}
