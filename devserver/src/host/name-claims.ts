import { relative } from "node:path";

/** Which part of the project has which service name: a name is served from one place, a file or `file#name`. */
export class NameClaims {
  private readonly root: string;
  private readonly owners = new Map<string, string>();
  private readonly waiting = new Map<string, Set<string>>();
  private readonly onFree: (files: ReadonlySet<string>) => void;

  /** @param onFree told of the files that were refused a name which is free now */
  constructor(root: string, onFree: (files: ReadonlySet<string>) => void) {
    this.root = root;
    this.onFree = onFree;
  }

  /**
   * Takes a name for a file, which gives back the one it had.
   *
   * @throws Error that names both files when another has it
   */
  claim(name: string, file: string): void {
    const owner = this.owners.get(name);
    if (owner !== undefined && owner !== file) {
      this.waiting.set(name, (this.waiting.get(name) ?? new Set()).add(file));
      const [first, second] = [owner, file].map((path) => relative(this.root, path));
      throw new Error(`${first} and ${second} both serve "${name}"; give one of them another name`);
    }
    if (owner === file) return;
    this.release(file);
    this.owners.set(name, file);
  }

  release(file: string): void {
    for (const [name, owner] of this.owners) {
      if (owner !== file) continue;
      this.owners.delete(name);
      const files = this.waiting.get(name);
      this.waiting.delete(name);
      if (files !== undefined) queueMicrotask(() => this.onFree(files));
    }
  }
}
