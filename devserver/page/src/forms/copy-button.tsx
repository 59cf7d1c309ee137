import { useSignal } from "@preact/signals";
import { CopyIcon } from "../panel/icons.tsx";

/** Copies a text, and says whether it could. */
export function CopyButton({ text, label = "Copy" }: { readonly text: string; readonly label?: string }) {
  const outcome = useSignal("");
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text).then(
      () => (outcome.value = "Copied"),
      () => (outcome.value = "Not allowed"),
    );
    setTimeout(() => (outcome.value = ""), 2000);
  };
  return (
    <button type="button" class="button quiet small" onClick={() => void copy()}>
      <CopyIcon />
      <span role="status">{outcome.value || label}</span>
    </button>
  );
}
