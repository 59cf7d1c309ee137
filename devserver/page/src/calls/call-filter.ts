import type { CallSummary } from "../../../src/hub/protocol.ts";

/** Which calls are looked for. */
export interface CallFilter {
  readonly matches: (call: CallSummary) => boolean;
  /** What of the text means nothing; empty when all does. */
  readonly unknown: readonly string[];
}

/** The words that say something other than what they are. */
export const filterHelp = "Filter: text, -text, is:error, >100ms, kind:stream, caller:name, code:404";

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
  if (word === "is:error") return ({ code }) => code !== 200;
  const [, name = "", value = ""] = /^(\w+):(.*)$/.exec(word) ?? [];
  if (name === "") return textTest(word.toLowerCase());
  const isMember = (members as readonly string[]).includes(name);
  return isMember
    ? (call) =>
        String(call[name as Member])
          .toLowerCase()
          .includes(value.toLowerCase())
    : undefined;
}

const members = ["kind", "code", "service", "method", "caller", "error"] as const;
type Member = (typeof members)[number];

function textTest(part: string): Test {
  return ({ service, method, caller, error = "" }) =>
    [service, method, caller, error].some((text) => text.toLowerCase().includes(part));
}
