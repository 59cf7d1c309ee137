import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { checkJson, type JsonFault } from "./check-json.ts";
import { type Draft, emptyDraft, fillIn } from "./draft.ts";
import { draftOf } from "./draft-of.ts";
import type { Field } from "./field.ts";
import { prettyText } from "./pretty-json.ts";
import type { RememberedInputs } from "./remembered-inputs.ts";

/** How an input is written: field by field, or as JSON. */
export type InputMode = "Form" | "JSON";

/** What an input comes to. */
export interface CheckedInput {
  readonly value: unknown;
  /** By the paths of fields. */
  readonly problems: ReadonlyMap<string, string>;
  /** Of the JSON. */
  readonly fault: JsonFault | undefined;
}

/** What somebody puts in for a method: it is the last one again when the form comes back. */
export class InputState {
  readonly field: Field;
  readonly mode: Signal<InputMode>;
  readonly draft: Signal<Draft>;
  readonly text: Signal<string>;
  readonly timeout: Signal<string>;
  /** Why the last change of the mode was refused; empty when it was not. */
  readonly refusal: Signal<string> = signal("");
  readonly checked: ReadonlySignal<CheckedInput> = computed(() => this.check());
  /** Whether it can be sent. */
  readonly isReady: ReadonlySignal<boolean> = computed(() => {
    const { problems, fault } = this.checked.value;
    return problems.size === 0 && fault === undefined;
  });
  private readonly service: string;
  private readonly method: string;
  private readonly remembered: RememberedInputs;

  constructor(service: string, method: string, field: Field, remembered: RememberedInputs) {
    this.service = service;
    this.method = method;
    this.field = field;
    this.remembered = remembered;
    const last = remembered.get(service, method);
    this.mode = signal("JSON");
    this.draft = signal(emptyDraft(field));
    this.text = signal(last?.text ?? "{}");
    this.timeout = signal(last?.timeout ?? "");
    if (this.hasForm && last?.mode !== "JSON") this.change("Form");
    this.refusal.value = "";
  }

  /** Whether there is anything to ask for but JSON. */
  get hasForm(): boolean {
    return this.field.kind !== "json";
  }

  /** Goes on in the other mode with what there is; refused when it would lose something. */
  change(mode: InputMode): void {
    this.refusal.value = "";
    if (mode === this.mode.peek()) return;
    const { value, fault } = this.checked.peek();
    if (mode === "JSON") this.text.value = prettyText(JSON.stringify(value) ?? "");
    else if (fault !== undefined) this.refusal.value = "The JSON has a mistake: mend it first.";
    else this.show(value);
    if (this.refusal.peek() === "") this.mode.value = mode;
  }

  /** Keeps it for the next time. */
  remember(): void {
    const [mode, timeout] = [this.mode.value, this.timeout.value];
    const text = mode === "JSON" ? this.text.value : (JSON.stringify(this.checked.value.value) ?? "");
    this.remembered.set(this.service, this.method, { text, mode, timeout });
  }

  private show(value: unknown): void {
    try {
      this.draft.value = draftOf(this.field, value) ?? emptyDraft(this.field);
    } catch (error) {
      this.refusal.value = `Only as JSON: ${(error as Error).message}.`;
    }
  }

  private check(): CheckedInput {
    if (this.mode.value === "Form") return { ...fillIn(this.field, this.draft.value), fault: undefined };
    const problems = new Map<string, string>();
    const text = this.text.value;
    if (text.trim() === "") return { value: undefined, problems, fault: undefined };
    const { value, fault } = checkJson(text);
    return { value, problems, fault };
  }
}
