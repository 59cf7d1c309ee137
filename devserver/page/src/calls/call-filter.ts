import type { CallSummary } from "../../../src/hub/protocol.ts";

/** Which calls are looked for. */
export interface CallFilter {
  readonly matches: (call: CallSummary) => boolean;
  /** What of the text means nothing; empty when all does. */
  readonly unknown: readonly string[];
}

/** The words that say something other than what they are. */
export const filterHelp = "text -text is:error >100ms kind:stream service: method: caller: code:404";

type Test = (call: CallSummary) => boolean;

/**
 * Reads a filter: words that all have to be met. A plain word is looked for in service, method, caller and error; `-`
 * before a word turns it around.
 */
export function parseFilter(text: string): CallFilter {
  const unknown: string[] = [];
  const tests = wordsOf(text).map((word): Test => {
    const isNot = word.length > 1 && word.startsWith("-");
    const test = testOf(isNot ? word.slice(1) : word);
    if (test === undefined) unknown.push(word);
    return (call) => test === undefined || test(call) !== isNot;
  });
  return { matches: (call) => tests.every((test) => test(call)), unknown };
}

/** Whether a word is part of a filter. */
export function hasWord(text: string, word: string): boolean {
  return wordsOf(text).includes(word);
}

/** The filter with a word more, or without it. */
export function toggleWord(text: string, word: string): string {
  const words = wordsOf(text);
  return (words.includes(word) ? words.filter((one) => one !== word) : [...words, word]).join(" ");
}

function wordsOf(text: string): string[] {
  return text.trim().split(/\s+/).filter(Boolean).slice(0, 50);
}

/** The kinds of calls that can be looked for. */
export const kinds: readonly string[] = ["call", "stream", "publish", "deliver"];

function testOf(word: string): Test | undefined {
  const slower = /^>(\d+(?:\.\d+)?)(ms|s)?$/.exec(word);
  if (slower !== null) {
    const ms = Number(slower[1]) * (slower[2] === "s" ? 1000 : 1);
    return (call) => call.ms > ms;
  }
  const [, name = "", value = ""] = /^(is|kind|code|service|method|caller):(.*)$/.exec(word) ?? [];
  switch (name) {
    case "":
      return textTest(word.toLowerCase());
    case "is":
      return value === "error" ? failed : value === "ok" ? (call) => !failed(call) : undefined;
    case "kind":
      return kinds.includes(value) ? (call) => call.kind === value : undefined;
    case "code":
      return /^\d+$/.test(value) ? (call) => call.code === Number(value) : undefined;
    default: {
      const part = value.toLowerCase();
      return (call) => call[name as "service" | "method" | "caller"].toLowerCase().includes(part);
    }
  }
}

function textTest(part: string): Test {
  return ({ service, method, caller, error = "" }) =>
    [service, method, caller, error].some((text) => text.toLowerCase().includes(part));
}

function failed({ code }: CallSummary): boolean {
  return code !== 200;
}
