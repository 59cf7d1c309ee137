import type { ComponentChildren } from "preact";

/** What stands where there is nothing to show: why that is, and what to do. */
export function Blank({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="blank">
      <h2>{title}</h2>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  );
}
