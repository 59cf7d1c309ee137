import type { NumberedEvent } from "../../../src/events.ts";
import type { CallSummary } from "../../../src/hub/protocol.ts";
import { usePage } from "../page-context.ts";
import { Ago } from "../ui/ago.tsx";
import { Blank } from "../ui/blank.tsx";
import { msText } from "../ui/format.ts";
import { EditButton } from "./edit-button.tsx";
import { Excerpt } from "./excerpt.tsx";
import { currentFailures, phaseTexts } from "./failures.ts";
import { FailedIcon } from "./icons.tsx";

const maxFailures = 20;
const maxCalls = 50;

type FailedEvent = Extract<NumberedEvent, { readonly type: "failed" }>;

/** What failed of a service: its code, and calls of it. */
export function ErrorsTab({ name }: { readonly name: string }) {
  const { state } = usePage();
  const now = currentFailures(state.project.value, state.events.value).filter(({ service }) => service === name);
  const past = state.events.value
    .filter((event): event is FailedEvent => event.type === "failed" && event.service === name)
    .filter(({ message, phase }) => !now.some(({ detail }) => detail.message === message && detail.phase === phase))
    .slice(-maxFailures)
    .reverse();
  const calls = state.calls.value
    .filter((call) => call.service === name && call.code !== 200)
    .slice(-maxCalls)
    .reverse();
  if (now.length + past.length + calls.length === 0) {
    return (
      <Blank title="Nothing failed">
        What does not build, start or run shows here with its place in the code, and so do calls that failed while they
        were captured.
      </Blank>
    );
  }
  return (
    <>
      {now.map(({ key, detail, at }) => (
        <section key={key} class="failure now">
          <FailureHead phase={phaseTexts[detail.phase]} at={at} />
          <p class="message">{detail.message}</p>
          {detail.excerpt === undefined ? null : <Excerpt text={detail.excerpt} />}
          {detail.file === undefined ? null : <EditButton {...detail} file={detail.file} />}
          <Stack text={detail.stack} />
        </section>
      ))}
      {calls.length === 0 ? null : (
        <section class="block">
          <h3>Calls that failed</h3>
          <ul class="rows">
            {calls.map((call) => (
              <FailedCall key={call.id} call={call} />
            ))}
          </ul>
        </section>
      )}
      {past.length === 0 ? null : (
        <section class="block">
          <h3>Failures before</h3>
          {past.map(({ number, phase, message, frame, file, stack, at }) => (
            <details key={number} class="failure">
              <summary>
                <FailureHead phase={phaseTexts[phase]} at={at} />
                <span class="message under">{message}</span>
              </summary>
              {frame === undefined ? null : <Excerpt text={frame.excerpt} />}
              {frame !== undefined ? <EditButton {...frame} /> : file === undefined ? null : <EditButton file={file} />}
              <Stack text={stack} />
            </details>
          ))}
        </section>
      )}
    </>
  );
}

function FailureHead({ phase, at }: { readonly phase: string; readonly at: number | undefined }) {
  return (
    <span class="failure-head">
      <FailedIcon />
      <b>{phase}</b>
      {at === undefined ? null : (
        <span class="soft">
          <Ago at={at} /> ago
        </span>
      )}
    </span>
  );
}

function Stack({ text }: { readonly text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <details class="stack">
      <summary>Stack</summary>
      <pre>{text}</pre>
    </details>
  );
}

function FailedCall({ call }: { readonly call: CallSummary }) {
  const { place } = usePage();
  const { id, method, caller, code, error, ms, startedAt } = call;
  return (
    <li>
      <button type="button" class="row-button" onClick={() => place.go({ call: id })}>
        <span class="line">
          <span class="badge bad">
            <FailedIcon /> {code}
          </span>
          <bdi class="grow">{method}</bdi>
          <span class="soft">
            {msText(ms)} · <Ago at={startedAt} /> ago
          </span>
        </span>
        <span class="message">{error}</span>
        <span class="soft">
          by <bdi>{caller}</bdi>
        </span>
      </button>
    </li>
  );
}
