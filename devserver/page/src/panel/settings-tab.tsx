import { useSignal } from "@preact/signals";
import type { ShownSetting } from "../../../src/hub/protocol.ts";
import { NoFit } from "../ui/no-fit.tsx";
import { SearchField } from "../ui/search-field.tsx";
import { Block } from "./block.tsx";
import { CheckBox } from "./check-box.tsx";
import { groupSettings } from "./setting-groups.ts";
import { useAnswer } from "./use-answer.ts";

/** What all services of this process are set to, and who said so. */
export function SettingsTab() {
  const text = useSignal("");
  const isChangedOnly = useSignal(false);
  const { value, error } = useAnswer<{ readonly settings: readonly ShownSetting[] }>({ type: "settings" }, "");
  if (value === undefined) return <p class="note">{error ?? "Asking …"}</p>;
  const groups = groupSettings(value.settings, text.value, isChangedOnly.value);
  return (
    <>
      <div class="tools">
        <SearchField text={text} label="Filter settings" hint="Filter by name, value or source" />
        <CheckBox isOn={isChangedOnly.value} onChange={(isOn) => (isChangedOnly.value = isOn)}>
          Set only
        </CheckBox>
      </div>
      {groups.length === 0 ? <NoFit filter={text} /> : null}
      {groups.map(({ plugin, settings }) => (
        <Block key={plugin} title={plugin}>
          <dl class="pairs">
            {settings.map(({ name, value: set, source, isSecret }) => (
              <div key={name} class={source === "default" ? "" : "set"}>
                <dt>{name}</dt>
                <dd>
                  {set} {isSecret ? <span class="badge warn">secret</span> : null}{" "}
                  <span class="soft small">{source}</span>
                </dd>
              </div>
            ))}
          </dl>
        </Block>
      ))}
      <p class="note">They hold for all services of this process.</p>
    </>
  );
}
