import { useSignal } from "@preact/signals";
import type { ShownSetting } from "../../../src/hub/protocol.ts";
import { Blank } from "../ui/blank.tsx";
import { groupSettings } from "./setting-groups.ts";
import { useAnswer } from "./use-answer.ts";

/** What all services of this process are set to, and who said so. */
export function SettingsTab() {
  const text = useSignal("");
  const isChangedOnly = useSignal(false);
  const { value, error } = useAnswer<{ readonly settings: readonly ShownSetting[] }>({ type: "settings" }, "settings");
  if (error !== undefined) return <Blank title="The settings cannot be shown">{error}</Blank>;
  if (value === undefined) return <p class="note">Asking …</p>;
  const groups = groupSettings(value.settings, text.value, isChangedOnly.value);
  return (
    <>
      <div class="tools">
        <input
          type="search"
          class="field grow"
          aria-label="Filter settings"
          placeholder="Filter by name, value or source"
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={isChangedOnly.value}
            onChange={(event) => (isChangedOnly.value = event.currentTarget.checked)}
          />
          Set only
        </label>
      </div>
      <p class="note">They hold for all services of this process.</p>
      {groups.length === 0 ? <Blank title="Nothing fits the filter" /> : null}
      {groups.map(({ plugin, settings }) => (
        <section key={plugin} class="block">
          <h3>{plugin}</h3>
          <dl class="settings">
            {settings.map((setting) => (
              <Setting key={setting.name} setting={setting} />
            ))}
          </dl>
        </section>
      ))}
    </>
  );
}

function Setting({ setting: { name, value, source, isSecret } }: { readonly setting: ShownSetting }) {
  const isDefault = source === "default";
  return (
    <div class={isDefault ? undefined : "set"}>
      <dt>
        <bdi>{name}</bdi>
      </dt>
      <dd>
        <bdi class="mono">{value}</bdi>
        {isSecret ? <span class="badge warn">secret</span> : null}
        <span class="soft">{isDefault ? "default" : <bdi>{source}</bdi>}</span>
      </dd>
    </div>
  );
}
