import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { formTarget } from "../forms/form-target.ts";
import { usePage } from "../page-context.ts";
import { methodsOf } from "./endpoints.ts";
import { EndpointsTab } from "./endpoints-tab.tsx";
import { ErrorsTab } from "./errors-tab.tsx";
import { InstancesTab } from "./instances-tab.tsx";
import { LogsTab } from "./logs-tab.tsx";
import { ServiceHead } from "./service-head.tsx";
import { SettingsTab } from "./settings-tab.tsx";
import { Side } from "./side.tsx";
import { type Tab, Tabs } from "./tabs.tsx";
import { TrafficTab } from "./traffic-tab.tsx";

type TabName = "endpoints" | "instances" | "errors" | "logs" | "traffic" | "settings";

// Who compares services looks at the same part of each.
const current = signal<TabName>("endpoints");

/** One service closely. */
export function ServicePanel({ name }: { readonly name: string }) {
  const { state, place } = usePage();
  const own = state.own.value.get(name);
  const seen = state.services.value.get(name);
  const target = formTarget.value;
  useEffect(() => {
    if (target?.service === name) current.value = "endpoints";
  }, [target, name]);
  const failedCalls = state.calls.value.filter((call) => call.service === name && call.code !== 200).length;
  const instances = seen?.nodes.filter(({ health }) => health === "up").length;
  const tabs: readonly Tab<TabName>[] = [
    { name: "endpoints", count: methodsOf(own, seen).length, content: () => <EndpointsTab name={name} /> },
    { name: "instances", count: instances, content: () => <InstancesTab name={name} /> },
    {
      name: "errors",
      count: failedCalls + (own?.failure === undefined ? 0 : 1),
      isBad: true,
      content: () => <ErrorsTab name={name} />,
    },
    { name: "logs", content: () => <LogsTab name={name} /> },
    { name: "traffic", content: () => <TrafficTab name={name} /> },
    { name: "settings", content: () => <SettingsTab /> },
  ];
  const close = (): void => place.go({ service: undefined });
  return (
    <Side label={name} kind="service" onClose={close}>
      <ServiceHead name={name} onClose={close} />
      <Tabs label={`Parts of ${name}`} tabs={tabs} current={current.value} onChange={(tab) => (current.value = tab)} />
    </Side>
  );
}
