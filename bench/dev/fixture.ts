import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What the modules are written in: TypeScript, or for what does not run it, ES modules or CommonJS. */
export type Language = "ts" | "esm" | "cjs";

/** The ending of the files of a language. */
export function endingOf(language: Language): string {
  return language === "ts" ? "ts" : "js";
}

/** A project of so many modules under one handler, and the file that is edited again and again. */
export class Fixture {
  readonly folder: string;
  readonly language: Language;
  private readonly count: number;

  private constructor(folder: string, count: number, language: Language) {
    this.folder = folder;
    this.count = count;
    this.language = language;
  }

  /** Writes one: a binary tree of modules, of about 50 lines each, below `lib/m0`. */
  static async create(folder: string, count: number, language: Language): Promise<Fixture> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(folder, "lib"), { recursive: true });
    const fixture = new Fixture(folder, count, language);
    for (let index = 0; index < count; index++) await fixture.write(index, 0);
    const type = language === "cjs" ? "commonjs" : "module";
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "bench-dev", private: true, type }));
    return fixture;
  }

  /** Saves the edited file, four imports below the handler, in place: it answers this value from then on. */
  async edit(value: number): Promise<void> {
    await this.write(editedIndex, value);
  }

  private async write(index: number, value: number): Promise<void> {
    const text = moduleText(index, this.count, this.language, value);
    await writeFile(join(this.folder, "lib", `m${index}.${endingOf(this.language)}`), text);
  }
}

// m0, m1, m3, m7: the leftmost way down.
const editedIndex = 7;

function moduleText(index: number, count: number, language: Language, value: number): string {
  const children = [2 * index + 1, 2 * index + 2].filter((child) => child < count);
  const imports = children.map((child) => importOf(child, language));
  const [first] = children;
  // The value comes up the leftmost way; below the edited module it stops.
  const own = index === editedIndex || first === undefined ? `${value}` : `value${first}`;
  const sums = children.map((child) => ` + sum${child}(n)`).join("");
  return [
    ...imports,
    "",
    `const value${type(language, "number")} = ${own};`,
    "",
    `function sum(n${type(language, "number")})${type(language, "number")} {`,
    `  return n${sums};`,
    "}",
    ...Array.from({ length: 4 }, (_, number) => filler(index, number, language)),
    "",
    language === "cjs" ? "Object.assign(exports, { sum, value });" : "export { sum, value };",
    "",
  ].join("\n");
}

function importOf(child: number, language: Language): string {
  const file = `"./m${child}.${endingOf(language)}"`;
  if (language === "cjs") return `const { sum: sum${child}, value: value${child} } = require(${file});`;
  return `import { sum as sum${child}, value as value${child} } from ${file};`;
}

function filler(index: number, number: number, language: Language): string {
  const text = type(language, "string");
  return `
/** Something for the transform to do: the words of a text, counted and joined again. */
function words${number}(text${text})${text} {
  const counts = new Map${language === "ts" ? "<string, number>" : ""}();
  for (const word of text.split(" ")) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  return sorted.map(([word, count]) => \`\${word}: \${count}\`).join(", ") + " m${index}";
}`;
}

function type(language: Language, name: string): string {
  return language === "ts" ? `: ${name}` : "";
}
