import type { ComponentChildren } from "preact";

/** A part of what is looked at closely, with a title and what stands beside it. */
export function Block({
  title,
  kind = "",
  beside,
  children,
}: {
  readonly title: ComponentChildren;
  readonly kind?: string;
  readonly beside?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section class={`block ${kind}`}>
      <div class="line">
        <h3 class="grow">{title}</h3>
        {beside}
      </div>
      {children}
    </section>
  );
}
