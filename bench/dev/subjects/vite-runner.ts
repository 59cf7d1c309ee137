import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { plainHttp, type Subject } from "../subject.ts";

/** Vite's module runner with `import.meta.hot`, in a process that keeps its HTTP server: what comes nearest. */
export const viteRunner: Subject = {
  name: "Vite module runner",
  language: "ts",
  wire: plainHttp,
  async prepare(folder, port) {
    await writeFile(join(folder, "handler.ts"), handler);
    await writeFile(join(folder, "entry.ts"), entry);
    await writeFile(join(folder, "runner.mjs"), runner(port));
    return { args: ["runner.mjs"] };
  },
};

const handler = `import { sum, value } from "./lib/m0.ts";
export async function answer(url: string): Promise<number> {
  if (url === "/slow") await new Promise((resolve) => setTimeout(resolve, 50));
  return value + 0 * sum(1);
}
`;

const entry = `import { answer } from "./handler.ts";
globalThis.answer = answer;
import.meta.hot.accept("./handler.ts", (next) => { globalThis.answer = next.answer; });
`;

function runner(port: number): string {
  return `import { createServer as createHttpServer } from "node:http";
import { createServer, createServerModuleRunner } from "vite";
const vite = await createServer({
  root: import.meta.dirname, configFile: false, logLevel: "error", appType: "custom",
  server: { middlewareMode: true, ws: false }, optimizeDeps: { noDiscovery: true },
});
const runner = createServerModuleRunner(vite.environments.ssr, { hmr: { logger: false } });
await runner.import("/entry.ts");
createHttpServer((request, response) => {
  globalThis.answer(request.url).then((value) => response.end(String(value)), () => response.writeHead(500).end());
}).listen(${port}, "127.0.0.1");
`;
}
