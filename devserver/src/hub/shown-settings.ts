import { isSecret, type Settings, shownText } from "@micro/kernel";
import type { ShownSetting } from "./protocol.ts";

const maxSettings = 1000;
const maxText = 1024;

/** The settings of a kernel as `micro config` shows them, secrets hidden in the same way. */
export function shownSettings(settings: Settings): readonly ShownSetting[] {
  return [...settings.entries()].slice(0, maxSettings).map(({ name, owner, flag, value, origin }) => ({
    name: name.slice(0, maxText),
    plugin: owner.slice(0, maxText),
    value: shownText({ flag, value }).slice(0, maxText),
    source: (origin || "default").slice(0, maxText),
    isSecret: isSecret(flag),
  }));
}
