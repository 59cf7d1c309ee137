import { UsageError } from "@micro/kernel";

/**
 * The value of words of a command line, joined with spaces.
 *
 * @param what names it in the error: `request`
 *
 * @throws UsageError when they are no JSON
 */
export function parseJson(what: string, words: readonly string[]): unknown {
  try {
    return JSON.parse(words.join(" "));
  } catch (error) {
    throw new UsageError(`the ${what} is not JSON: ${(error as SyntaxError).message}`, { cause: error });
  }
}
