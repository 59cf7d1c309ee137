import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { usePage } from "../page-context.ts";
import { plural } from "../ui/format.ts";
import { CloseButton } from "./close-button.tsx";
import { currentFailures, type Failure, headlineOf, servesOnText } from "./failures.ts";
import { Fault } from "./fault.tsx";
import { ServiceLink } from "./service-link.tsx";

const maxShown = 6;

/** What fails in the project, above everything, until it is mended; what was put away comes back when it fails anew. */
export function FailureOverlay() {
  const { state } = usePage();
  const failures = currentFailures(state.project.value, state.events.value);
  const dismissed = useSignal<ReadonlySet<string>>(new Set());
  const isSmall = useSignal(false);
  const known = useRef<readonly string[]>([]);
  const keys = failures.map(({ key }) => key);
  useEffect(() => {
    // What was mended and fails again is told of again, and what is new is not to be overlooked.
    dismissed.value = new Set(keys.filter((key) => dismissed.peek().has(key)));
    if (keys.some((key) => !known.current.includes(key))) isSmall.value = false;
    known.current = keys;
  }, [keys.join("\n\n")]);
  const shown = failures.filter(({ key }) => !dismissed.value.has(key));
  return (
    <div class="overlay">
      <Alert failures={shown} />
      {shown.length === 0 ? null : isSmall.value ? (
        <button type="button" class="failures row bad failed" onClick={() => (isSmall.value = false)}>
          {plural(shown.length, "failure")} <u>show</u>
        </button>
      ) : (
        <section class="failures" aria-label="Failures">
          {shown.slice(0, maxShown).map((failure, at) => (
            <article key={failure.key} class="block">
              <header class="line">
                <h2 class="grow">
                  <span class="bad failed" />
                  {failure.service === undefined ? null : <ServiceLink name={failure.service} />} {headlineOf(failure)}
                </h2>
                {at > 0 ? null : (
                  <button type="button" class="button quiet" onClick={() => (isSmall.value = true)}>
                    Make it small
                  </button>
                )}
                <CloseButton
                  label="Dismiss"
                  onClick={() => (dismissed.value = new Set([...dismissed.value, failure.key]))}
                />
              </header>
              <Fault {...failure.detail} />
              <p class="small">{servesOnText(failure)}</p>
            </article>
          ))}
          {shown.length > maxShown ? <p class="note">{shown.length - maxShown} more fail.</p> : null}
        </section>
      )}
    </div>
  );
}

const pauseMs = 5000;

/** Says to who cannot see it what fails now, at most every five seconds. */
function Alert({ failures }: { readonly failures: readonly Failure[] }) {
  const spoken = useSignal("");
  const text = failures
    .slice(0, 3)
    .map((failure) => `${failure.service ?? ""} ${headlineOf(failure)}: ${failure.detail.message.slice(0, 200)}`.trim())
    .join(". ");
  const lastAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    // Silence needs no waiting.
    const wait = text === "" ? 0 : Math.max(0, lastAt.current + pauseMs - performance.now());
    const timer = setTimeout(() => {
      if (text !== "") lastAt.current = performance.now();
      spoken.value = text;
    }, wait);
    return () => clearTimeout(timer);
  }, [text, spoken]);
  return (
    <div class="hidden" role="alert">
      {spoken.value}
    </div>
  );
}
