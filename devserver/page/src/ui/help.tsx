import { useEffect, useRef } from "preact/hooks";
import { CloseButton } from "../panel/close-button.tsx";
import { viewKeys } from "./shortcuts.ts";

type Keys = readonly (readonly [keys: readonly string[], what: string])[];

const groups: Readonly<Record<string, Keys>> = {
  "Go to": Object.entries(viewKeys).map(([key, view]) => [["g", key], view]),
  Anywhere: [
    [["/"], "search or filter"],
    [["Esc"], "close what is open"],
    [["?"], "this list"],
  ],
  "In a table": [
    [["↑", "↓"], "the row above, below"],
    [["Home", "End"], "the first row, the last"],
    [["Enter"], "open the row, or sort by a column"],
  ],
  "In the graph": [
    [["←", "→"], "who calls it, whom it calls"],
    [["↑", "↓"], "the service above, below"],
    [["Enter"], "open the service"],
    [["l"], "its lines"],
    [["h"], "hide it"],
    [["p"], "keep it where it is"],
    [["+", "-", "0"], "zoom, show all"],
  ],
};

/** The keys of the page. */
export function Help({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    // As a modal dialog the browser keeps the focus in it, and gives it back.
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog class="float" ref={dialog} aria-labelledby="help-title" onClose={onClose}>
      {isOpen ? (
        <div class="help">
          <header class="line">
            <h2 class="grow" id="help-title">
              Keys
            </h2>
            <CloseButton onClick={onClose} />
          </header>
          <div class="columns">
            {Object.entries(groups).map(([title, keys]) => (
              <section key={title}>
                <h3>{title}</h3>
                <KeyList keys={keys} />
              </section>
            ))}
          </div>
        </div>
      ) : null}
    </dialog>
  );
}

function KeyList({ keys }: { readonly keys: Keys }) {
  return (
    <dl>
      {keys.map(([names, what]) => (
        <div class="key" key={what}>
          <dt>
            {names.map((name) => (
              <kbd key={name}>{name}</kbd>
            ))}
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}
