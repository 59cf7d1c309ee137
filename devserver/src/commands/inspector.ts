import inspector from "node:inspector";

/** A debugger's door, and what closes it. */
export interface Inspector {
  /** What a debugger attaches to; `undefined` when the port is taken. */
  readonly url: string | undefined;
  close(): void;
}

/**
 * Lets a debugger attach to this process, from this machine alone: whoever reaches an inspector runs code here. One
 * that Node was started with stays as it is. Node itself writes to stderr where it listens, or why it does not.
 */
export function openInspector(port: number): Inspector {
  const wasOpen = inspector.url() !== undefined;
  if (!wasOpen) inspector.open(port, "127.0.0.1");
  return {
    url: inspector.url(),
    close: () => {
      if (!wasOpen) inspector.close();
    },
  };
}
