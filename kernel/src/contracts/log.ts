/** What may stand beside a message: plain data, written as `key=value`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the kernel, its plugins and the services write. pino, winston and console fit behind it in a few lines. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Writes warnings and errors to stderr, a line each; what an embedded kernel does unless it is given a logger. */
export const stderrLog: Logger = {
  debug() {},
  info() {},
  warn: (message, fields) => writeLine("warn", message, fields),
  error: (message, fields) => writeLine("error", message, fields),
};

/** A logger that puts a name before each message. */
export function namedLog(log: Logger, name: string): Logger {
  return {
    debug: (message, fields) => log.debug(`${name}: ${message}`, fields),
    info: (message, fields) => log.info(`${name}: ${message}`, fields),
    warn: (message, fields) => log.warn(`${name}: ${message}`, fields),
    error: (message, fields) => log.error(`${name}: ${message}`, fields),
  };
}

/** A log line: the message, then `key=value` pairs; control characters, which could forge a line, are escaped. */
export function formatLine(message: string, fields: LogFields = {}): string {
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${fieldText(value)}`);
  return `${message}${pairs.join("")}`.replace(/[\p{Cc}\u2028\u2029]/gu, (character) =>
    JSON.stringify(character).slice(1, -1),
  );
}

function fieldText(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  return typeof value === "string" && /^[\w.:/@-]+$/.test(value) ? value : (JSON.stringify(value) ?? String(value));
}

function writeLine(level: string, message: string, fields: LogFields | undefined): void {
  process.stderr.write(`${level} ${formatLine(message, fields)}\n`);
}
