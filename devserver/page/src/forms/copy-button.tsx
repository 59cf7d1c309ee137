import { useSignal } from "@preact/signals";
import { prettyText } from "./pretty-json.ts";

/** Copies a text, JSON indented, and says whether it could. */
export function CopyButton({ text, isJson = true }: { readonly text: string; readonly isJson?: boolean }) {
  const label = useSignal("Copy");
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(isJson ? prettyText(text) : text).then(
      () => (label.value = "✓ Copied"),
      () => (label.value = "✕ Not allowed"),
    );
    setTimeout(() => (label.value = "Copy"), 2000);
  };
  return (
    <button type="button" class="button quiet" aria-live="polite" onClick={() => void copy()}>
      {label.value}
    </button>
  );
}
