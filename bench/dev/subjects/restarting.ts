import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { endingOf, type Language } from "../fixture.ts";
import { plainHttp, type Subject } from "../subject.ts";

/** `tsx watch`: ends the process and starts another. */
export const tsxWatch: Subject = restarting("tsx watch", "ts", (file) => [
  "node_modules/tsx/dist/cli.mjs",
  "watch",
  file,
]);

/** `node --watch`, which ends the process too; Node 20 runs no TypeScript, so its modules are JavaScript. */
export const nodeWatch: Subject = restarting("node --watch", "esm", (file) => ["--watch", file]);

function restarting(name: string, language: Language, args: (file: string) => readonly string[]): Subject {
  return {
    name,
    language,
    wire: plainHttp,
    async prepare(folder, port) {
      const file = `server.${endingOf(language)}`;
      await writeFile(join(folder, file), server(port, language));
      return { args: args(file) };
    },
  };
}

function server(port: number, language: Language): string {
  return `import { createServer } from "node:http";
import { sum, value } from "./lib/m0.${endingOf(language)}";
createServer(async (request, response) => {
  if (request.url === "/slow") await new Promise((resolve) => setTimeout(resolve, 50));
  response.end(String(value + 0 * sum(1)));
}).listen(${port}, "127.0.0.1");
`;
}
