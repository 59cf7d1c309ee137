/** As much of an element as the plain page uses. It holds texts and other elements, and there is no way to give it markup. */
export class PlainElement {
  readonly name: string;
  readonly children: PlainElement[] = [];
  readonly dataset: Record<string, string> = {};
  className = "";
  scope = "";
  type = "";
  ariaLabel = "";
  checked = false;
  private text = "";
  private readonly listeners = new Map<string, (event: unknown) => void>();

  constructor(name: string) {
    this.name = name;
    // A page that made markup would only seem to do so.
    Object.preventExtensions(this);
  }

  get textContent(): string {
    return this.text + this.children.map(({ textContent }) => textContent).join("|");
  }

  set textContent(text: string) {
    this.children.length = 0;
    this.text = text;
  }

  append(child: PlainElement): void {
    this.children.push(child);
  }

  replaceChildren(...children: PlainElement[]): void {
    this.children.splice(0, this.children.length, ...children);
  }

  createTHead(): PlainElement {
    return this.child("thead");
  }

  createTBody(): PlainElement {
    return this.child("tbody");
  }

  insertRow(): PlainElement {
    return this.child("tr");
  }

  insertCell(): PlainElement {
    return this.child("td");
  }

  querySelectorAll(name: string): PlainElement[] {
    return this.children.flatMap((child) => [...(child.name === name ? [child] : []), ...child.querySelectorAll(name)]);
  }

  addEventListener(type: string, listener: (event: unknown) => void): void {
    this.listeners.set(type, listener);
  }

  /** Lets something happen to it. */
  happen(type: string): void {
    this.listeners.get(type)?.({ target: this });
  }

  focus(): void {}

  private child(name: string): PlainElement {
    const made = new PlainElement(name);
    this.children.push(made);
    return made;
  }
}
