import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { plainHttp, type Subject } from "../subject.ts";

/** `moleculer-runner --hot` behind an HTTP server that the broker keeps; its hot reload follows `require` alone. */
export const moleculerHot: Subject = {
  name: "moleculer --hot",
  language: "cjs",
  wire: plainHttp,
  async prepare(folder, port) {
    await writeFile(join(folder, "bench.service.js"), service);
    await writeFile(join(folder, "moleculer.config.js"), config(port));
    const runner = "node_modules/moleculer/bin/moleculer-runner.js";
    return { args: [runner, "--hot", "--silent", "--config", "moleculer.config.js", "bench.service.js"] };
  },
};

const service = `const { sum, value } = require("./lib/m0.js");
module.exports = {
  name: "bench",
  actions: {
    version: () => value + 0 * sum(1),
    slow: async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return value;
    },
  },
};
`;

function config(port: number): string {
  return `const { createServer } = require("node:http");
module.exports = {
  logger: false,
  hotReload: true,
  started(broker) {
    createServer((request, response) => {
      broker.call("bench." + request.url.slice(1)).then(
        (value) => response.end(String(value)),
        () => response.writeHead(500).end(),
      );
    }).listen(${port}, "127.0.0.1");
  },
};
`;
}
