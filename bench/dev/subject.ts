import type { Language } from "./fixture.ts";

/** A tool that runs a service and takes its code anew when a file is saved. */
export interface Subject {
  readonly name: string;
  readonly language: Language;
  /** Writes beside the modules what the tool needs, and says how it is started so that the service answers on the port. */
  prepare(folder: string, port: number): Promise<Launch>;
  /** How its service is asked. */
  readonly wire: Wire;
}

/** A command line, run in the fixture's folder. */
export interface Launch {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** How a service is asked over HTTP, and where its answer stands. */
export interface Wire {
  readonly method: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  path(what: Question): string;
  body?(what: Question): string;
  /** The value in the body of a 200. */
  value(body: string): number;
}

/** `version` answers at once, `slow` after 50 ms. */
export type Question = "version" | "slow";

/** What services of plain HTTP have in common: `GET /version`, `GET /slow`, a JSON number. */
export const plainHttp: Wire = {
  method: "GET",
  path: (what) => `/${what}`,
  value: (body) => Number(body),
};
