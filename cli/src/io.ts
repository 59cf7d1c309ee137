import type { ProcessStreams } from "@micro/kernel";

/** What a command line program has around it, so that tests can be around it instead. */
export interface Io {
  /** The working directory. */
  readonly cwd: string;
  /** Aborts when the program is asked to end. */
  readonly signal: AbortSignal;
  stdout(text: string): void;
  stderr(text: string): void;
  /** The streams of the process; absent when a program runs the command. */
  readonly streams?: ProcessStreams;
  /** Puts the variables of `.env` where code of the user finds variables, beneath the real ones. Absent: nowhere. */
  exportVariables?(variables: Readonly<Record<string, string>>): void;
}

/** Variables of the environment, as `process.env` has them. */
export type Env = Readonly<Record<string, string | undefined>>;
