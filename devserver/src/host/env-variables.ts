import { readEnvFile } from "@micro/kernel";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The variables of `.env` beneath the real ones, also in `process.env`: packages look there, and workers copy it.
 */
export class EnvVariables {
  private readonly root: string;
  private readonly real: Env;
  private readonly before = new Map<string, string | undefined>();
  private current: Readonly<Record<string, string>> = {};

  constructor(root: string, real: Env) {
    this.root = root;
    this.real = real;
  }

  /** All variables as they are now. */
  get all(): Env {
    return { ...this.current, ...this.real };
  }

  /**
   * Reads the file again. Returns what puts back the values from before.
   *
   * @throws UsageError when the file is there and cannot be read
   */
  load(): () => void {
    const previous = this.current;
    this.apply(readEnvFile(this.root));
    return () => this.apply(previous);
  }

  /** Takes back what was put into `process.env`. */
  restore(): void {
    for (const [name, value] of this.before) setVariable(name, value);
    this.before.clear();
  }

  private apply(variables: Readonly<Record<string, string>>): void {
    this.restore();
    this.current = variables;
    for (const [name, value] of Object.entries(variables)) {
      if (this.real[name] !== undefined) continue;
      this.before.set(name, process.env[name]);
      process.env[name] = value;
    }
  }
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
