/** What lines and marks mean. */
export function Legend() {
  return (
    <details class="legend">
      <summary class="button quiet">Legend</summary>
      <ul class="float">
        <li>
          <Sample class="call" /> calls; thicker is more
        </li>
        <li>
          <Sample class="message" /> messages of a topic
        </li>
        <li>
          <Sample class="call some" /> some fail
        </li>
        <li>
          <Sample class="call many" /> 5 % or more fail
        </li>
        <li>
          <code>12/s · 3 ms · 20 ms</code> rate, half within, 95 % within
        </li>
        <li>
          <kbd>?</kbd> lists the keys
        </li>
      </ul>
    </details>
  );
}

function Sample({ class: kind }: { readonly class: string }) {
  return (
    <svg class="sample" width="36" height="12" aria-hidden="true">
      <g class={`link busy ${kind}`}>
        <path class="line" d="M2 6H34" stroke-width="2" />
        {kind.includes(" ") ? <path class="cross" d="M15 3l6 6M21 3l-6 6" /> : null}
      </g>
    </svg>
  );
}
