import type { DevService } from "../dev-host.ts";
import type { Frame, LogEvent, NumberedEvent } from "../events.ts";
import type { CallKind } from "../observe/captured-call.ts";
import type { EdgeKey, WindowFigures, WindowName } from "../observe/edge.ts";
import type { SeenService } from "../observe/fleet.ts";
import type { PastEdge } from "../observe/history.ts";
import type { JsonText } from "../observe/json-text.ts";

export type { LogEvent };

/**
 * The WebSocket subprotocol that a client offers, beside `token.` and the token. The server answers with this one, so
 * that the token stands in no address, no log and no answer.
 */
export const protocolName = "micro.dev.1";

/** What stands before the token among the subprotocols. */
export const tokenPrefix = "token.";

/** The header that carries the token with a POST. */
export const tokenHeader = "x-micro-token";

/**
 * What changed. In a {@link SnapshotFrame} it is what there is; lists that do not fit into one frame go on in the
 * following ones.
 */
export interface StateChange {
  /** Services that are new or changed, whole. */
  readonly services?: readonly ServiceView[];
  /** Names of services that are gone. */
  readonly removedServices?: readonly string[];
  /** Edges that are new. */
  readonly edges?: readonly EdgeView[];
  /** New figures of edges that are known. */
  readonly figures?: readonly EdgeFigures[];
  /** Ids of edges that were dropped. */
  readonly removedEdges?: readonly number[];
  /** Calls that ended, oldest first, without their bodies. When many ended only the last ones are told of. */
  readonly calls?: readonly CallSummary[];
  /** Swaps, failures, logs, types: what the terminal shows too. Very long ones come without their details. */
  readonly events?: readonly NumberedEvent[];
  /** The services that this process runs, all of them, when something about one changed. */
  readonly project?: readonly DevService[];
  readonly status?: HubStatus;
}

/** Everything, and the beginning of the numbers: forget what was before. Sent first, and after a resync. */
export interface SnapshotFrame extends StateChange {
  readonly type: "snapshot";
  /** Grows by one with every snapshot and delta of a connection; one that is missing means: ask for a resync. */
  readonly seq: number;
  /** On the clock of `Date.now()`. */
  readonly at: number;
  /** Whether the next frame, a delta, belongs to it. */
  readonly more: boolean;
}

/** What changed since the frame before: at most twice a second, swaps and failures at once. */
export interface DeltaFrame extends StateChange {
  readonly type: "delta";
  readonly seq: number;
  readonly at: number;
  readonly more: boolean;
}

/** A service; one with very many instances comes with the first hundred and without their metadata. */
export interface ServiceView extends SeenService {
  /** Whether something was left out because there is so much of it. */
  readonly isAbridged?: boolean;
}

/** The figures of an edge. */
export interface EdgeFigures {
  readonly id: number;
  /** Calls or messages that ended since the edge is known. */
  readonly calls: number;
  readonly errors: number;
  /** Items of streams, both ways. */
  readonly items: number;
  /** When something last happened, on the clock of `Date.now()`. */
  readonly lastAt: number;
  readonly windows: Readonly<Record<WindowName, WindowFigures>>;
}

/** An edge with its ends. Two ends have one edge for each kind and method. */
export interface EdgeView extends EdgeKey, EdgeFigures {}

/** A call that ended. */
export interface CallSummary {
  readonly id: string;
  /** The same for all that one call led to. */
  readonly trace: string;
  /** The call it was made for. */
  readonly parent: string | undefined;
  readonly kind: CallKind;
  readonly caller: string;
  readonly service: string;
  readonly method: string;
  /** Grows by one with every captured call. */
  readonly number: number;
  /** On the clock of `Date.now()`. */
  readonly startedAt: number;
  readonly ms: number;
  /** 200, or the code of its error. */
  readonly code: number;
  readonly error: string | undefined;
  /** Items of a stream. */
  readonly sent: number;
  readonly received: number;
}

/** A call with what was captured of it; secrets left out by their names, bodies cut at 4 KiB. */
export interface CallDetail extends CallSummary {
  readonly metadata: Readonly<Record<string, string>>;
  readonly request: JsonText | undefined;
  readonly response: JsonText | undefined;
  /** Where its handler threw, in the project's own files alone and source-mapped: `at Say.Hello (/p/greeter.ts:7:11)`. */
  readonly stack?: string;
  /** The first place of the stack, with the lines around it. */
  readonly frame?: Frame;
}

/** A captured call as a test: what `export` answers. */
export interface ExportedTest {
  /** Where it belongs in the project: `test/say-hello-1f-2.test.ts`. */
  readonly file: string;
  readonly text: string;
}

/** What a setting is, and who set it: an entry of what `settings` answers. */
export interface ShownSetting {
  readonly name: string;
  /** Who brought it: a plugin, or `kernel`. */
  readonly plugin: string;
  /** As `micro config` shows it: `-` for nothing, three stars for a secret. */
  readonly value: string;
  /** Where the value was given: `--registry`, `MICRO_REGISTRY`, `settings.registry in the config`, or `default`. */
  readonly source: string;
  readonly isSecret: boolean;
}

/** How the hub itself is. */
export interface HubStatus {
  readonly capturing: boolean;
  /** Services and edges that were dropped because there were too many. */
  readonly dropped: { readonly services: number; readonly edges: number };
  /** Calls that were not captured because too many came at once. */
  readonly skippedCalls: number;
}

/** Ten seconds of the past, or a part of them: a frame of the same `at` adds to the one before. */
export interface HistoryFrame {
  readonly type: "history";
  /** Of the request. */
  readonly id: RequestId;
  /** Whether the next frame goes on with the same ten seconds. */
  readonly more: boolean;
  /** When the ten seconds ended. */
  readonly at: number;
  readonly edges?: readonly PastEdge[];
  /** Names and numbers of instances; absent in all frames of an `at` when nothing changed since the one before. */
  readonly services?: readonly (readonly [name: string, instances: number])[];
}

/** The answer to a request; the only one, and the last frame of a history. */
export type ReplyFrame =
  | { readonly type: "reply"; readonly id: RequestId; readonly ok: true; readonly value: unknown }
  | { readonly type: "reply"; readonly id: RequestId; readonly ok: false; readonly error: WireError };

/** An item of a stream that the client opened. */
export interface ItemFrame {
  readonly type: "item";
  /** Of the `open` request. */
  readonly id: RequestId;
  readonly item: JsonText;
}

/** A stream ended; with an error when it failed. */
export interface EndFrame {
  readonly type: "ended";
  /** Of the `open` request. */
  readonly id: RequestId;
  readonly error?: WireError;
}

/** An error as it travels. */
export interface WireError {
  readonly id: string;
  readonly code: number;
  readonly detail: string;
  readonly status: string;
}

/** What the server sends. */
export type ServerFrame = SnapshotFrame | DeltaFrame | HistoryFrame | ReplyFrame | ItemFrame | EndFrame;

/** Chosen by the client, to tell answers apart: a number other than 0, or a text of at most 64 characters. 0 answers what had none. */
export type RequestId = number | string;

/** What a client may ask; over the WebSocket, or, unless it says otherwise, as the body of `POST /request`. */
export type PageRequest =
  /** A new snapshot, at the next chance. Without an answer of its own. WebSocket only. */
  | { readonly type: "resync" }
  /** The last ten minutes, or what of them ended after `since`. WebSocket only, one at a time. */
  | { readonly type: "history"; readonly id: RequestId; readonly since?: number }
  /** A captured call: a {@link CallDetail}. */
  | { readonly type: "detail"; readonly id: RequestId; readonly call: string }
  /** Builds and swaps a service, or all. */
  | { readonly type: "reload"; readonly id: RequestId; readonly service?: string }
  /** Calls a method: its answer as a {@link JsonText}, cut at 128 KiB. At most 60,000 ms, default as for any call. */
  | {
      readonly type: "invoke";
      readonly id: RequestId;
      readonly service: string;
      readonly method: string;
      readonly input?: unknown;
      readonly timeoutMs?: number;
    }
  /**
   * Calls again with what was captured: answers as `invoke` does. Not for what was cut or has secrets left out. With a
   * revision the call runs on that code of a service of this process, for as long as it drains; 409 when it has drained.
   */
  | { readonly type: "replay"; readonly id: RequestId; readonly call: string; readonly revision?: number }
  /** A captured call as a test of the project: an {@link ExportedTest}. Not for what was cut or has secrets left out. */
  | { readonly type: "export"; readonly id: RequestId; readonly call: string }
  /** All settings and who set them: `{ settings: ShownSetting[] }`. */
  | { readonly type: "settings"; readonly id: RequestId }
  /**
   * The last that was logged, oldest first: `{ logs: LogEvent[] }`; 200 entries of a service, `kernel` among them, or 1000
   * of all. Fewer when they are long.
   */
  | { readonly type: "logs"; readonly id: RequestId; readonly service?: string }
  /** Opens a stream. Items come as {@link ItemFrame}, the end as {@link EndFrame}. WebSocket only. */
  | {
      readonly type: "open";
      readonly id: RequestId;
      readonly service: string;
      readonly method: string;
      readonly input?: unknown;
    }
  /** Sends an item into the stream that `id` opened. Without an answer. */
  | { readonly type: "send"; readonly id: RequestId; readonly item: unknown }
  /** Says that no more items follow. Without an answer. */
  | { readonly type: "end"; readonly id: RequestId }
  /** Ends both directions. Without an answer. */
  | { readonly type: "close"; readonly id: RequestId }
  /** Switches the capture of calls. */
  | { readonly type: "capture"; readonly id: RequestId; readonly on: boolean }
  /** Opens one of the project's files in the editor of the person at this machine. */
  | {
      readonly type: "edit";
      readonly id: RequestId;
      readonly file: string;
      readonly line?: number;
      readonly column?: number;
    };
