import { spawn } from "node:child_process";

/**
 * Opens an address with what the system opens addresses with.
 *
 * @param onFailure told when there is no such program
 */
export function openInBrowser(url: string, onFailure: (message: string) => void): void {
  const [command, args] = opener(url);
  const child = spawn(command, args, { detached: true, stdio: "ignore" });
  child.once("error", (error) => onFailure(`${command} does not start: ${error.message}`));
  child.unref();
}

function opener(url: string): readonly [command: string, args: readonly string[]] {
  if (process.platform === "darwin") return ["open", [url]];
  // Not `start`: that is a word of the shell, which would read the address as one of its own lines.
  if (process.platform === "win32") return ["rundll32", ["url.dll,FileProtocolHandler", url]];
  return ["xdg-open", [url]];
}
