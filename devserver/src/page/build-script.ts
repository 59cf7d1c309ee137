import { build } from "esbuild";

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
    loader: { ".css": "text" },
    legalComments: "none",
    logLevel: "silent",
  });
  return Buffer.from((outputFiles[0] as { contents: Uint8Array }).contents);
}
