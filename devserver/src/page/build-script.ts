import { readFile } from "node:fs/promises";
import { build, type Plugin, transform } from "esbuild";

/**
 * Makes the page's script of its sources, its style and its libraries included: one file, which asks for nothing else.
 * `npm run build` puts it into the package; in the repository it is made whenever the page is opened.
 */
export async function buildScript(folder: string): Promise<Buffer> {
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: ["page/src/main.tsx"],
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    plugins: [styleTexts],
    legalComments: "none",
    logLevel: "silent",
  });
  return Buffer.from((outputFiles[0] as { contents: Uint8Array }).contents);
}

/** A style sheet as its text, and no longer than it has to be. */
const styleTexts: Plugin = {
  name: "style-texts",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code, loader: "text" };
    });
  },
};
