/**
 * Keeps the process up when code throws where nobody catches. Returns what takes it back; an error then ends the process
 * again, as Node has it.
 */
export function catchUncaught(report: (error: unknown) => void): () => void {
  const listener = (error: unknown) => report(error);
  process.on("uncaughtException", listener);
  process.on("unhandledRejection", listener);
  return () => {
    process.off("uncaughtException", listener);
    process.off("unhandledRejection", listener);
  };
}
