import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Subject, Wire } from "../subject.ts";

const jsonRpc: Wire = {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  path: () => "/",
  body: (what) => JSON.stringify({ method: what === "slow" ? "Bench.Slow" : "Bench.Version", params: [{}], id: 1 }),
  value: (body) => (JSON.parse(body) as { readonly result: { readonly value: number } }).result.value,
};

/** `micro dev`, as installed packages, without the type check, which none of the others has. */
export function micro(installed: string): Subject {
  return {
    name: "micro dev",
    language: "ts",
    wire: jsonRpc,
    async prepare(folder, port) {
      await writeFile(join(folder, "service.ts"), service);
      await writeFile(join(folder, "micro.config.ts"), config);
      const program = join(installed, "node_modules/@micro/cli/bin/micro.js");
      return { args: [program, "dev", `--server_address=127.0.0.1:${port}`, "--registry=memory", "--no_types"] };
    },
  };
}

const service = `import { defineService } from "@micro/kernel";
import { sum, value } from "./lib/m0.ts";

export default defineService({
  name: "bench.dev",
  handlers: {
    Bench: {
      Version: () => ({ value: value + 0 * sum(1) }),
      Slow: async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        return { value };
      },
    },
  },
});
`;

const config = `import { defineConfig } from "@micro/kernel";
import { standard } from "@micro/standard";

export default defineConfig({ plugins: [standard()], services: ["service.ts"] });
`;
