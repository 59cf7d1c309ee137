import { Icon } from "./icons.tsx";
import { setTheme, theme, themes } from "./theme.ts";

/** One button that goes round: as the system, light, dark. */
export function ThemeSwitch() {
  const now = theme.value;
  const next = themes[(themes.indexOf(now) + 1) % themes.length] ?? "auto";
  return (
    <button
      type="button"
      class="button quiet icon"
      aria-label={`Theme: ${now}. Change to ${next}`}
      title={`Theme: ${now}`}
      onClick={() => setTheme(next)}
    >
      <Icon name={now} />
    </button>
  );
}
