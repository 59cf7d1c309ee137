/** What was last put into a form. */
export interface RememberedInput {
  /** JSON, or what should become it. */
  readonly text: string;
  readonly mode: "Form" | "JSON";
  /** As it was typed. */
  readonly timeout: string;
}

/** Where texts are kept by their names; `sessionStorage` is one. */
export interface TextStore {
  getItem(name: string): string | null;
  setItem(name: string, text: string): void;
}

const maxText = 64 * 1024;

/** The last input of each method, for as long as the tab is open. */
export class RememberedInputs {
  private readonly store: TextStore;

  constructor(store: TextStore) {
    this.store = store;
  }

  get(service: string, method: string): RememberedInput | undefined {
    try {
      const kept = JSON.parse(this.store.getItem(nameOf(service, method)) ?? "null") as Partial<RememberedInput> | null;
      if (typeof kept?.text !== "string") return undefined;
      const timeout = typeof kept.timeout === "string" ? kept.timeout : "";
      return { text: kept.text, mode: kept.mode === "Form" ? "Form" : "JSON", timeout };
    } catch {
      return undefined;
    }
  }

  /** A store that is full or forbidden keeps nothing, and nobody is the worse for it. */
  set(service: string, method: string, input: RememberedInput): void {
    if (input.text.length > maxText) return;
    try {
      this.store.setItem(nameOf(service, method), JSON.stringify(input));
    } catch {}
  }
}

function nameOf(service: string, method: string): string {
  return `micro.input ${service} ${method}`;
}
