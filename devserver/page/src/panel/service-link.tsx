import { usePage } from "../page-context.ts";
import { ServiceName } from "../ui/service-name.tsx";

/** The name of a service, which leads to it where it is known. */
export function ServiceLink({ name }: { readonly name: string }) {
  const { state, place } = usePage();
  if (!state.services.value.has(name) && !state.own.value.has(name)) return <bdi>{name}</bdi>;
  return (
    <button type="button" class="link" onClick={() => place.go({ service: name, call: undefined })}>
      <ServiceName name={name} />
    </button>
  );
}
