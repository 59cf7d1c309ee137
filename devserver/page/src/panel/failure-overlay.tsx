import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { usePage } from "../page-context.ts";
import { CloseIcon } from "../ui/icons.tsx";
import { ServiceName } from "../ui/service-name.tsx";
import { EditButton } from "./edit-button.tsx";
import { Excerpt } from "./excerpt.tsx";
import { currentFailures, type Failure, phaseTexts } from "./failures.ts";
import { FailedIcon, MinimizeIcon } from "./icons.tsx";

const maxShown = 6;

/** What fails in the project, above everything, until it is mended; what was put away comes back when something else fails. */
export function FailureOverlay() {
  const { state } = usePage();
  const failures = currentFailures(state.project.value, state.events.value);
  const dismissed = useSignal<ReadonlySet<string>>(new Set());
  const isMinimized = useSignal(false);
  const keys = failures.map(({ key }) => key).join("\n\n");
  const known = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const now = new Set(failures.map(({ key }) => key));
    // What was mended and fails again is told of again, and what is new is not to be overlooked.
    dismissed.value = new Set([...dismissed.peek()].filter((key) => now.has(key)));
    if ([...now].some((key) => !known.current.has(key))) isMinimized.value = false;
    known.current = now;
  }, [keys]);
  const shown = failures.filter(({ key }) => !dismissed.value.has(key));
  return (
    <div class="overlay">
      <Alert failures={shown} />
      {shown.length === 0 ? null : isMinimized.value ? (
        <button type="button" class="failure-pill" onClick={() => (isMinimized.value = false)}>
          <FailedIcon /> {shown.length === 1 ? "1 failure" : `${shown.length} failures`}
          <u>show</u>
        </button>
      ) : (
        <section class="failures" aria-label="Failures">
          <button
            type="button"
            class="button quiet icon minimize"
            aria-label="Make it small"
            title="Make it small"
            onClick={() => (isMinimized.value = true)}
          >
            <MinimizeIcon />
          </button>
          {shown.slice(0, maxShown).map((failure) => (
            <FailureCard
              key={failure.key}
              failure={failure}
              onDismiss={() => (dismissed.value = new Set([...dismissed.value, failure.key]))}
            />
          ))}
          {shown.length > maxShown ? <p class="soft">{shown.length - maxShown} more fail.</p> : null}
        </section>
      )}
    </div>
  );
}

function FailureCard({ failure, onDismiss }: { readonly failure: Failure; readonly onDismiss: () => void }) {
  const { place } = usePage();
  const { service, detail, revision } = failure;
  return (
    <article class="failure-card">
      <header>
        <FailedIcon />
        <h2>
          {service === undefined ? null : (
            <button type="button" class="link" onClick={() => place.go({ service, call: undefined })}>
              <ServiceName name={service} />
            </button>
          )}{" "}
          {whatFails(failure)}
        </h2>
        {detail.file === undefined ? null : <EditButton {...detail} file={detail.file} />}
        <button type="button" class="button quiet icon" aria-label="Dismiss" title="Dismiss" onClick={onDismiss}>
          <CloseIcon />
        </button>
      </header>
      <p class="message">{detail.message}</p>
      {detail.excerpt === undefined ? null : <Excerpt text={detail.excerpt} />}
      <p class="soft small">{servesOn(failure, revision)}</p>
    </article>
  );
}

function whatFails({ service, detail: { phase } }: Failure): string {
  return service === undefined && phase !== "config" ? `A service ${phaseTexts[phase]}` : phaseTexts[phase];
}

function servesOn({ detail: { phase } }: Failure, revision: number | undefined): string {
  if (phase === "config") return "What ran before the change runs on.";
  if (phase === "run") return "It serves on. This stays until it is swapped or dismissed.";
  return revision === undefined
    ? "It is not served until this is mended. Save the file: it is tried again by itself."
    : `Revision ${revision} serves on. Save the file: it is tried again by itself.`;
}

const pauseMs = 5000;

/** Says to who cannot see it what fails now, at most every five seconds. */
function Alert({ failures }: { readonly failures: readonly Failure[] }) {
  const spoken = useSignal("");
  const text = failures
    .slice(0, 3)
    .map((failure) => `${failure.service ?? ""} ${whatFails(failure)}: ${failure.detail.message.slice(0, 200)}`.trim())
    .join(". ");
  const lastAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const speak = (): void => {
      lastAt.current = performance.now();
      spoken.value = text;
    };
    const wait = lastAt.current + pauseMs - performance.now();
    // Silence needs no waiting.
    if (wait <= 0 || text === "") {
      speak();
      return undefined;
    }
    const timer = setTimeout(speak, wait);
    return () => clearTimeout(timer);
  }, [text, spoken]);
  return (
    <div class="hidden" role="alert">
      {spoken.value}
    </div>
  );
}
