import { readFileSync } from "node:fs";
import { findSourceMap, SourceMap } from "node:module";
import { fileURLToPath } from "node:url";
import type { Frame } from "../events.ts";
import { createFrame } from "./excerpt.ts";

interface ScriptMap {
  readonly file: string;
  readonly json: string;
  parsed: SourceMap | undefined;
}

/** How many texts of a file keep their maps: calls on old code may still throw. */
const keptPerFile = 5;
const maps = new Map<string, ScriptMap>();
const scriptsOf = new Map<string, string[]>();

/** Tells where the lines of a compiled script come from. */
export function setSourceMap(script: string, file: string, json: string): void {
  if (!maps.has(script)) {
    const scripts = scriptsOf.get(file) ?? [];
    scripts.push(script);
    scriptsOf.set(file, scripts);
    if (scripts.length > keptPerFile) maps.delete(scripts.shift() as string);
  }
  maps.set(script, { file, json, parsed: undefined });
}

/** Where a place of a compiled script comes from; `undefined` for a script that no guest has. */
export function placeIn(script: string, line: number, column: number): Place | undefined {
  const map = maps.get(script);
  if (map === undefined) return undefined;
  map.parsed ??= new SourceMap(JSON.parse(map.json));
  return { line: 1, column: 1, ...originOf(map.parsed, line, column), file: map.file };
}

let users = 0;
let before: typeof Error.prepareStackTrace;

/**
 * Makes stacks show the lines of sources: Node maps no code that was compiled with `vm`. Returns what takes it back.
 */
export function mapStackTraces(): () => void {
  if (users++ === 0) {
    before = Error.prepareStackTrace;
    Error.prepareStackTrace = prepareStackTrace;
  }
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    if (--users === 0 && Error.prepareStackTrace === prepareStackTrace) Error.prepareStackTrace = before as never;
  };
}

/** The first place of an error's stack that lies in one of the files, with the lines around it. */
export function frameOf(error: unknown, isOwn: (file: string) => boolean): Frame | undefined {
  const place = placesOf(error).find(({ file }) => isOwn(file));
  return place === undefined ? undefined : frameAt(place);
}

/** A place with the lines around it, as the file has them now; without them when it cannot be read. */
export function frameAt({ file, line, column }: Place): Frame {
  try {
    return createFrame(file, line, column, readFileSync(file, "utf8"));
  } catch {
    return { file, line, column, excerpt: "" };
  }
}

/** A place in a source file, from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The places of an error's stack, innermost first. */
export function placesOf(error: unknown): readonly Place[] {
  return stackOf(error)
    .split("\n")
    .flatMap((line) => placeOfLine(line) ?? []);
}

/** The stack of whatever was thrown; empty where there is none, or one that cannot be read. */
export function stackOf(error: unknown): string {
  try {
    return typeof error === "object" && error !== null && "stack" in error ? String(error.stack) : "";
  } catch {
    return "";
  }
}

/** The place that a line of a stack names. */
export function placeOfLine(text: string): Place | undefined {
  // A message may have lines too, of any length, and looking for a place costs their square.
  if (text.length > maxLine) return undefined;
  const [, place, line, column] = /^\s+at .*?((?:file:|[/\\]|[A-Za-z]:[\\/])[^()]*?):(\d+):(\d+)\)?$/.exec(text) ?? [];
  return place === undefined ? undefined : { file: pathOf(place), line: Number(line), column: Number(column) };
}

const maxLine = 2048;

function pathOf(place: string): string {
  if (!place.startsWith("file:")) return place;
  try {
    return fileURLToPath(place);
  } catch {
    return place;
  }
}

function prepareStackTrace(error: Error, callSites: NodeJS.CallSite[]): unknown {
  // Whoever installed another one expects it for what is not ours.
  if (before !== undefined && !callSites.some((site) => maps.has(scriptOf(site)))) return before(error, callSites);
  return [headOf(error), ...callSites.map((site) => `    at ${mapped(site)}`)].join("\n");
}

function headOf(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}

function scriptOf(site: NodeJS.CallSite): string {
  return site.getFileName() ?? "";
}

function mapped(site: NodeJS.CallSite): string {
  const text = String(site);
  const script = scriptOf(site);
  const line = site.getLineNumber() ?? 0;
  const column = site.getColumnNumber() ?? 0;
  const written = `${script}:${line}:${column}`;
  const own = maps.get(script);
  if (own !== undefined) {
    own.parsed ??= new SourceMap(JSON.parse(own.json));
    const place = originOf(own.parsed, line, column);
    return text.replace(written, () => `${own.file}:${place === undefined ? "1:1" : `${place.line}:${place.column}`}`);
  }
  const other = script === "" || script.startsWith("node:") ? undefined : findSourceMap(script);
  const place = other === undefined ? undefined : originOf(other, line, column);
  if (place === undefined) return text.replace(/\?micro=\d+/, "");
  return text.replace(written, () => `${pathOf(place.source)}:${place.line}:${place.column}`);
}

function originOf(map: SourceMap, line: number, column: number) {
  const entry = map.findEntry(line - 1, column - 1);
  if (!("originalSource" in entry) || entry.originalLine === undefined) return undefined;
  return { source: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}
