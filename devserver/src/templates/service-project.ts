import { version } from "@micro/kernel";

/** What a new project is about. */
export interface ServiceProject {
  /** The package: `greeter`. */
  readonly packageName: string;
  /** What others call the service by: `go.micro.srv.greeter`. */
  readonly serviceName: string;
  /** The name of its files, without an ending: `greeter`. */
  readonly fileName: string;
}

/** The files of a project with one service, by their paths in its folder. */
export function serviceProject(project: ServiceProject): Readonly<Record<string, string>> {
  const { fileName } = project;
  return {
    "package.json": packageJson(project),
    "micro.config.ts": config,
    [`services/${fileName}.ts`]: service(project),
    [`test/${fileName}.test.ts`]: serviceTest(project),
    "tsconfig.json": tsconfig,
    ".gitignore": "node_modules/\ndist/\n.env\n",
    "README.md": readme(project),
  };
}

function packageJson({ packageName }: ServiceProject): string {
  const manifest = {
    name: packageName,
    version: "0.1.0",
    private: true,
    type: "module",
    engines: { node: ">=20.19" },
    scripts: {
      dev: "micro dev",
      build: "micro build",
      start: "micro run",
      test: "node --enable-source-maps --import @micro/loader node_modules/uvu/bin.js test",
      typecheck: "tsc",
    },
    dependencies: {
      "@micro/cli": version,
      "@micro/kernel": version,
      "@micro/loader": version,
      "@micro/standard": version,
    },
    devDependencies: {
      "@micro/devserver": version,
      "@types/node": "^20.19.0",
      typescript: "^7.0.2",
      uvu: "^0.5.6",
    },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

const config = `import { defineConfig } from "@micro/kernel";
import { standard } from "@micro/standard";

export default defineConfig({
  plugins: [standard()],
  services: ["services/*.ts"],
});
`;

function service({ serviceName }: ServiceProject): string {
  return `import { defineService } from "@micro/kernel";

export default defineService({
  name: "${serviceName}",
  version: "0.1.0",
  handlers: {
    Say: {
      Hello: ({ name = "you" }: { name?: string }) => ({ msg: \`Hello \${name}\` }),

      // An async generator is a stream of answers.
      async *Count({ to }: { to: number }) {
        for (let n = 1; n <= to; n++) yield { n };
      },
    },
  },
});
`;
}

function serviceTest({ fileName, serviceName }: ServiceProject): string {
  return `import { type Kernel, startKernel } from "@micro/kernel";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import service from "../services/${fileName}.ts";

let kernel: Kernel;
const test = suite("${serviceName}");
test.before(async () => {
  kernel = await startKernel({ local: "encode" }); // In memory, but with values as a network would carry them.
  await kernel.serve(service);
});
test.after(() => kernel.stop());

test("it greets by name", async () => {
  const { Hello } = kernel.client.of<typeof service>("${serviceName}").Say;

  assert.equal(await Hello({ name: "John" }), { msg: "Hello John" });
});

test("it counts", async () => {
  const { Count } = kernel.client.of<typeof service>("${serviceName}").Say;
  const numbers: number[] = [];
  for await (const { n } of Count.stream({ to: 3 })) numbers.push(n);

  assert.equal(numbers, [1, 2, 3]);
});

test.run();
`;
}

const tsconfig = `{
  "compilerOptions": {
    "target": "es2023",
    "lib": ["es2023", "esnext.disposable"],
    "types": ["node"],
    "module": "nodenext",
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "allowImportingTsExtensions": true,
    "noEmit": true
  },
  "include": ["**/*.ts"],
  "exclude": ["node_modules", "dist"]
}
`;

function readme({ packageName, serviceName, fileName }: ServiceProject): string {
  return `# ${packageName}

\`\`\`sh
npm install
npm run dev         # serves, and swaps the code as you edit services/${fileName}.ts
npx micro query ${serviceName} Say.Hello '{"name":"John"}'
npx micro stream ${serviceName} Say.Count '{"to":3}'
npm test
npm run typecheck
\`\`\`

\`npm start\` serves the same without watching. \`npm run build\` writes JavaScript to \`dist\`, and
\`npx micro run --config=dist/micro.config.js\` starts that without TypeScript.
`;
}
