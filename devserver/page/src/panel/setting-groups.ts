import type { ShownSetting } from "../../../src/hub/protocol.ts";

/** The settings of a plugin. */
export interface SettingGroup {
  readonly plugin: string;
  readonly settings: readonly ShownSetting[];
}

/** The settings that have a text in name, value or source, by the plugin that brought them. */
export function groupSettings(
  settings: readonly ShownSetting[],
  text: string,
  isChangedOnly: boolean,
): readonly SettingGroup[] {
  const part = text.trim().toLowerCase();
  const groups = new Map<string, ShownSetting[]>();
  for (const setting of settings) {
    if (isChangedOnly && setting.source === "default") continue;
    const { plugin, name, source, value } = setting;
    if (![plugin, name, source, value].some((one) => one.toLowerCase().includes(part))) continue;
    groups.set(plugin, [...(groups.get(plugin) ?? []), setting]);
  }
  return [...groups].map(([plugin, found]) => ({ plugin, settings: found }));
}
