import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { version } from "@micro/kernel";

/** The kinds of capabilities that there is a template for. */
export const capabilityKinds = ["registry", "selector", "codec", "broker", "transport"] as const;

/** What a new plugin is. */
export interface PluginProject {
  readonly kind: (typeof capabilityKinds)[number] | "hook";
  /** Without the kind: `foo` of `registry-foo`. */
  readonly name: string;
  /** The package: `micro-registry-foo`, which the program finds by `--registry=foo`, or `micro-plugin-foo`. */
  readonly packageName: string;
}

/** The files of a package with a plugin, by their paths in its folder. */
export async function pluginProject(project: PluginProject): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {
    "package.json": packageJson(project),
    "tsconfig.json": json(tsconfig),
    "tsconfig.build.json": json(buildTsconfig),
    ".gitignore": "node_modules/\ndist/\n",
  };
  for (const [path, text] of await readTemplate(project.kind)) {
    files[renamed(path, project.name)] = renamed(text, project.name);
  }
  return files;
}

/** Templates are plugins that work, called "foo": they are checked and tried as they stand. */
async function readTemplate(kind: string): Promise<readonly (readonly [string, string])[]> {
  const folder = join(packageFolder(), "templates", kind);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.sort().map(async (path) => {
      const own = relative(folder, path).replaceAll("\\", "/");
      return [own, await readFile(path, "utf8")] as const;
    }),
  );
}

// By the name of the package, because its sources and what is built of them do not stand equally deep.
function packageFolder(): string {
  return join(createRequire(import.meta.url).resolve("@micro/devserver/package.json"), "..");
}

/** `FooRegistry` → `BigTableRegistry`, `foo_folder` → `big_table_folder`, `fooCodec` → `bigTableCodec`, `foo` → `big-table`. */
function renamed(text: string, name: string): string {
  const camel = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const snake = name.replaceAll("-", "_");
  return text
    .replaceAll("FOO", snake.toUpperCase())
    .replaceAll("Foo", camel.charAt(0).toUpperCase() + camel.slice(1))
    .replace(/foo(?=[A-Z])/g, camel)
    .replaceAll("foo_", `${snake}_`)
    .replaceAll("foo", name);
}

const descriptions: Readonly<Record<PluginProject["kind"], string>> = {
  registry: "Service discovery through files in a folder",
  selector: "Picks the node that was not picked for the longest time",
  codec: "Flat objects of texts as lines",
  broker: "Publish and subscribe between the kernels of one process",
  transport: "Messages as frames over TCP",
  hook: "Counts calls and tells of slow ones",
};

function packageJson({ kind, packageName }: PluginProject): string {
  return json({
    name: packageName,
    version: "0.1.0",
    description: `${descriptions[kind]}, a plugin for Micro`,
    keywords: ["micro-plugin"],
    type: "module",
    sideEffects: false,
    engines: { node: ">=20.19" },
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" }, "./package.json": "./package.json" },
    files: ["dist", "src"],
    scripts: {
      test: "node --enable-source-maps --import @micro/loader node_modules/uvu/bin.js test",
      typecheck: "tsc",
      build: "tsc -p tsconfig.build.json",
      prepack: "npm run build",
    },
    peerDependencies: { "@micro/kernel": `^${version}` },
    devDependencies: {
      ...((kind === "broker" || kind === "transport") && { "@micro/codec-json-rpc": version }),
      "@micro/kernel": version,
      "@micro/loader": version,
      "@types/node": "^20.19.0",
      typescript: "^7.0.2",
      uvu: "^0.5.6",
    },
  });
}

const tsconfig = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    types: ["node"],
    module: "nodenext",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    isolatedDeclarations: true,
    declaration: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    noEmit: true,
  },
  include: ["src", "test"],
};

const buildTsconfig = {
  extends: "./tsconfig.json",
  compilerOptions: { rootDir: "src", outDir: "dist", noEmit: false, sourceMap: true },
  include: ["src"],
};

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
