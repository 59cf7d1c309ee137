/** An ES module as the transformer prints it, and the source map of that print. */
export interface PrintedModule {
  readonly code: string;
  readonly map: string;
}

/** How the code of a file that awaits at its top level hands over its body: `module.microRun(define)`. */
export type AsyncBody = (define: (getters: Readonly<Record<string, () => unknown>>) => void) => Promise<void>;

/**
 * Puts the body of a module into an async function, so that what is left of it can become CommonJS, which knows no
 * top-level await. Imports stay where the transformer looks for them; each line stays the same line, so that the map holds.
 */
export function lowerTopLevelAwait({ code, map }: PrintedModule): string {
  const imports: string[] = [];
  const names: string[] = [];
  const body = code
    .replace(/^(?:import|export \*)\s*(?:[^"'`;]*?from\s*)?"(?:[^"\\\n]|\\.)*"[^;\n]*;$/gm, (text) => {
      imports.push(text.replaceAll("\n", " "));
      return linesOf(text);
    })
    .replace(/^export \{([^}]*)\};$/gm, (text, list: string) => {
      names.push(...list.split(",").flatMap(getterOf));
      return linesOf(text);
    });
  const head = `${imports.join("")}module.microRun=async(__microDefine)=>{__microDefine({${names.join(",")}});`;
  const url = `data:application/json;base64,${Buffer.from(map).toString("base64")}`;
  return `${head}${body}};\n//# sourceMappingURL=${url}\n`;
}

/** Nothing, in as many lines. */
function linesOf(text: string): string {
  return text.replace(/[^\n]/g, "");
}

/** `value as name` or `name`, as the transformer lists what a module exports. */
function getterOf(entry: string): readonly string[] {
  const [value = "", name = value] = entry.trim().split(/\s+as\s+/);
  return value === "" ? [] : [`${name.startsWith('"') ? name : JSON.stringify(name)}:()=>${value}`];
}
