/**
 * What is wrong with bytes that came: the status that a server answers with, and a fixed phrase. No text of the
 * peer stands in it, so that it can go into a log and back over the wire.
 */
export class Fault {
  readonly status: number;
  readonly phrase: string;

  constructor(status: number, phrase: string) {
    this.status = status;
    this.phrase = phrase;
  }
}

/** The faults by what is wrong. */
export type FaultName =
  | "startLine"
  | "character"
  | "lineEnd"
  | "folded"
  | "headerName"
  | "duplicate"
  | "contentLength"
  | "transferEncoding"
  | "twoLengths"
  | "chunk"
  | "cutShort"
  | "upgrade"
  | "interims"
  | "slow"
  | "bodySize"
  | "contentEncoding"
  | "headSize"
  | "headerCount";

/** Every fault that the reader finds. */
export const faults: Readonly<Record<FaultName, Fault>> = Object.freeze({
  startLine: new Fault(400, "malformed start line"),
  character: new Fault(400, "a character that no header may have"),
  lineEnd: new Fault(400, "a line that does not end in CRLF"),
  folded: new Fault(400, "a folded header line"),
  headerName: new Fault(400, "malformed header name"),
  duplicate: new Fault(400, "a header that may stand only once stands twice"),
  contentLength: new Fault(400, "malformed Content-Length"),
  transferEncoding: new Fault(400, "unsupported Transfer-Encoding"),
  twoLengths: new Fault(400, "both Content-Length and Transfer-Encoding"),
  chunk: new Fault(400, "malformed chunk"),
  cutShort: new Fault(400, "the message was cut short"),
  upgrade: new Fault(400, "an upgrade that nobody asked for"),
  interims: new Fault(400, "too many interim responses"),
  slow: new Fault(408, "the request did not come in time"),
  bodySize: new Fault(413, "the body is too large"),
  contentEncoding: new Fault(415, "unsupported Content-Encoding"),
  headSize: new Fault(431, "the headers are too large"),
  headerCount: new Fault(431, "too many headers"),
});
