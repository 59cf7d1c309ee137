import { HalfIcon, MoonIcon, SunIcon } from "./icons.tsx";
import { setTheme, theme, themes } from "./theme.ts";

const icons = { auto: HalfIcon, light: SunIcon, dark: MoonIcon };

/** One button that goes round: as the system, light, dark. */
export function ThemeSwitch() {
  const now = theme.value;
  const next = themes[(themes.indexOf(now) + 1) % themes.length] ?? "auto";
  const NowIcon = icons[now];
  return (
    <button
      type="button"
      class="button quiet icon"
      aria-label={`Theme: ${now}. Change to ${next}`}
      title={`Theme: ${now}`}
      onClick={() => setTheme(next)}
    >
      <NowIcon />
    </button>
  );
}
