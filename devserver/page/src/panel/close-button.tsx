import { Icon } from "../ui/icons.tsx";

/** Takes something away. */
export function CloseButton({ label = "Close", onClick }: { readonly label?: string; readonly onClick: () => void }) {
  return (
    <button type="button" class="button quiet icon" aria-label={label} title={label} onClick={onClick}>
      <Icon name="close" />
    </button>
  );
}
