import { badRequest, isJsonDeeper, MicroError, notFound } from "@micro/kernel";
import type { DevHost } from "../dev-host.ts";
import type { LogEvent } from "../events.ts";
import type { CapturedCall } from "../observe/captured-call.ts";
import { jsonText } from "../observe/json-text.ts";
import type { Observer } from "../observe/observer.ts";
import { placeOfCall } from "./call-place.ts";
import { exportCall, wholeValue } from "./export-call.ts";
import { summaryOf } from "./live-state.ts";
import { openInEditor } from "./open-in-editor.ts";
import type { CallDetail, PageRequest, ReplyFrame, RequestId, WireError } from "./protocol.ts";
import { shownSettings } from "./shown-settings.ts";

/** What a request works on. */
export interface RequestScope {
  readonly host: DevHost;
  readonly observer: Observer;
  /** The command that opens an editor; `undefined` when none is known. */
  readonly editor: string | undefined;
}

/** A request that came: an object with an id. The rest is for whoever takes it to check. */
export interface Asked extends Readonly<Record<string, unknown>> {
  readonly type?: unknown;
  readonly id: RequestId;
}

const dev = "go.micro.dev";
const maxDepth = 64;
const maxAnswerBytes = 128 * 1024;
const maxLogs = 1000;
/** In characters of JSON. */
const maxLogsLength = 512 * 1024;
const maxTimeoutMs = 60_000;

/**
 * Reads a request.
 *
 * @throws MicroError 400 that says what is wrong with it
 */
export function readRequest(text: string): Asked {
  if (isJsonDeeper(text, maxDepth)) throw badRequest(dev, `the request nests deeper than ${maxDepth}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest(dev, "the request is no JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badRequest(dev, 'the request must be an object: {"type":"reload","id":1}');
  }
  const { type, id = 0 } = value as Readonly<Record<string, unknown>>;
  if (!isRequestId(id) || (id === 0 && type !== "resync")) {
    throw badRequest(dev, "id must be a number other than 0, or a text of up to 64 characters");
  }
  return { ...value, id };
}

function isRequestId(id: unknown): id is RequestId {
  return (typeof id === "number" && Number.isFinite(id)) || (typeof id === "string" && id.length <= 64);
}

/** Answers a request that is done with one answer. It never rejects; what fails is the answer. */
export async function answer(scope: RequestScope, asked: Asked, signal: AbortSignal): Promise<ReplyFrame> {
  const { id } = asked;
  try {
    return { type: "reply", id, ok: true, value: await work(scope, asked, signal) };
  } catch (error) {
    return { type: "reply", id, ok: false, error: wireError(error) };
  }
}

/** An error as it travels. */
export function wireError(error: unknown): WireError {
  const { id, code, detail, status } = MicroError.from(error, dev);
  return { id: id.slice(0, 256), code, detail: detail.slice(0, 4096), status };
}

function work(scope: RequestScope, asked: Asked, signal: AbortSignal): unknown {
  switch (asked.type) {
    case "detail":
      return detailOf(scope, captured(scope, asked.call));
    case "reload":
      return reload(scope, asked.service);
    case "invoke":
      return invoke(scope, asked, signal);
    case "replay":
      return replay(scope, captured(scope, asked.call), asked.revision, signal);
    case "logs":
      return logs(scope, asked.service);
    case "export":
      return exportCall(scope.host, scope.observer, captured(scope, asked.call));
    case "settings":
      return { settings: shownSettings(scope.host.kernel.settings) };
    case "capture":
      return setCapture(scope, asked.on);
    case "edit":
      return edit(scope, asked);
    case "resync":
    case "history":
    case "open":
    case "send":
    case "end":
    case "close":
      throw badRequest(dev, `${asked.type} needs the WebSocket`);
    default:
      throw badRequest(dev, `type must be one of ${requestTypes.join(", ")}`);
  }
}

const requestTypes: readonly PageRequest["type"][] = [
  ...(["resync", "history", "detail", "reload", "invoke", "replay", "export"] as const),
  ...(["open", "send", "end", "close", "settings", "logs", "capture", "edit"] as const),
];

function captured({ observer }: RequestScope, id: unknown): CapturedCall {
  const call = observer.calls.get(textOf(id, "call"));
  if (call !== undefined) return call;
  throw notFound(dev, "that call is not kept any more: the last 500 are");
}

function detailOf({ host }: RequestScope, call: CapturedCall): CallDetail {
  const { metadata, request, response } = call;
  return { ...summaryOf(call), metadata, request, response, ...placeOfCall(call, host.files) };
}

async function reload({ host }: RequestScope, service: unknown): Promise<Record<string, never>> {
  if (service === undefined) {
    await host.reload();
    return {};
  }
  const name = textOf(service, "service");
  if (!host.services.some((one) => one.name === name)) throw notFound(dev, "this project has no such service");
  await host.reload(name);
  return {};
}

async function invoke({ host }: RequestScope, asked: Asked, signal: AbortSignal): Promise<unknown> {
  const { service, method } = methodOf(asked);
  const { timeoutMs, input } = asked;
  const isTimeout = typeof timeoutMs === "number" && timeoutMs > 0 && timeoutMs <= maxTimeoutMs;
  if (timeoutMs !== undefined && !isTimeout)
    throw badRequest(dev, `timeoutMs is more than 0 and at most ${maxTimeoutMs}`);
  const options = { signal, ...(isTimeout && { timeout: timeoutMs }) };
  return answerText(await host.kernel.client.call(service, method, input, options));
}

async function replay(
  { host }: RequestScope,
  call: CapturedCall,
  revision: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const { kind, service, method, request } = call;
  if (kind !== "call") throw badRequest(dev, "only calls with one answer can be replayed");
  const input = request === undefined ? undefined : wholeValue(request, "request");
  const replaced = revision === undefined ? undefined : replacedRevision(host, service, revision);
  const answer =
    replaced === undefined
      ? host.kernel.client.call(service, method, input, { signal })
      : host.callReplaced({ service, revision: replaced, method, input, signal });
  return answerText(await answer);
}

/** The revision of code that was replaced; `undefined` when it is the one that serves. */
function replacedRevision({ services }: DevHost, service: string, revision: unknown): number | undefined {
  const serving = services.find(({ name }) => name === service)?.revision;
  if (!Number.isInteger(revision) || (revision as number) < 0)
    throw badRequest(dev, "revision must be a number from 0");
  if (serving === undefined) throw badRequest(dev, "revision is for services that this process runs: leave it out");
  if ((revision as number) > serving) throw badRequest(dev, `revision must be at most ${serving}, which serves`);
  return revision === serving ? undefined : (revision as number);
}

/** What a method answered, for a page. */
export function answerText(value: unknown): unknown {
  return jsonText(value, { maxBytes: maxAnswerBytes, redact: false });
}

function logs({ host }: RequestScope, service: unknown): { readonly logs: readonly LogEvent[] } {
  const kept = service === undefined ? host.events.logs.all() : host.events.logs.of(textOf(service, "service"));
  let length = 0;
  // The last ones are what somebody wants to see.
  const first = kept.findLastIndex((event) => (length += JSON.stringify(event).length) > maxLogsLength);
  return { logs: kept.slice(Math.max(first + 1, kept.length - maxLogs)) };
}

function setCapture({ observer }: RequestScope, on: unknown): Record<string, never> {
  if (typeof on !== "boolean") throw badRequest(dev, "on must be true or false");
  observer.calls.capturing = on;
  return {};
}

async function edit({ host, editor }: RequestScope, asked: Asked): Promise<Record<string, never>> {
  const { file, line = 1, column = 1 } = asked;
  // Nothing is made of the path: it is one of these texts or it is not.
  if (typeof file !== "string" || !host.files.has(file)) throw notFound(dev, "no service is made of that file");
  await openInEditor(editor ?? "", { file, line: placeOf(line, "line"), column: placeOf(column, "column") });
  return {};
}

function placeOf(value: unknown, what: string): number {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) < 1e9) return value as number;
  throw badRequest(dev, `${what} must be a number from 1`);
}

/** The service and method of a request. */
export function methodOf(asked: Asked): { readonly service: string; readonly method: string } {
  const { service, method } = asked;
  return { service: textOf(service, "service"), method: textOf(method, "method") };
}

function textOf(value: unknown, what: string): string {
  if (typeof value === "string" && value !== "" && value.length <= 256) return value;
  throw badRequest(dev, `${what} must be a text of up to 256 characters`);
}
