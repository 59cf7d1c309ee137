import { readFile } from "node:fs/promises";
import { build, type Plugin, transform } from "esbuild";

const target = "es2022";

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
    target,
    // Children as arguments are shorter than in an array of their own, which the compiler's setting for the editor makes.
    tsconfigRaw: {
      compilerOptions: {
        jsx: "react",
        jsxFactory: "h",
        jsxFragmentFactory: "Fragment",
        useDefineForClassFields: false,
      },
    },
    inject: ["preact"],
    plugins: [styleTexts],
    legalComments: "none",
    logLevel: "silent",
  });
  // Names that were given file by file become shorter when all of them are seen together.
  const { code } = await transform((outputFiles[0] as { text: string }).text, { minify: true, format: "esm", target });
  return Buffer.from(code);
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
