import type { NumberedEvent } from "../../../src/events.ts";
import { usePage } from "../page-context.ts";
import { Ago } from "../ui/ago.tsx";
import { Blank } from "../ui/blank.tsx";
import { msText } from "../ui/format.ts";
import { Block } from "./block.tsx";
import { CodeBadge } from "./code-badge.tsx";
import { currentFailures, detailOf, phaseTexts } from "./failures.ts";
import { Fault } from "./fault.tsx";

const maxFailures = 20;
const maxCalls = 50;

type FailedEvent = Extract<NumberedEvent, { readonly type: "failed" }>;

/** What failed of a service: its code, and calls of it. */
export function ErrorsTab({ name }: { readonly name: string }) {
  const { state, place } = usePage();
  const now = currentFailures(state.project.value, state.events.value).filter(({ service }) => service === name);
  const past = state.events.value
    .filter((event): event is FailedEvent => event.type === "failed" && event.service === name)
    .filter(({ message, phase }) => !now.some(({ detail }) => detail.message === message && detail.phase === phase))
    .slice(-maxFailures)
    .reverse();
  const calls = state.calls.value.filter(({ service, code }) => service === name && code !== 200).slice(-maxCalls);
  if (now.length + past.length + calls.length === 0) {
    return (
      <Blank title="Nothing failed">
        What does not build, start or run shows here with its place in the code, and so do captured calls that failed.
      </Blank>
    );
  }
  return (
    <>
      {now.map(({ key, detail }) => (
        <Block key={key} kind="now" title={<span class="bad failed">{phaseTexts[detail.phase]}</span>}>
          <Fault {...detail} />
        </Block>
      ))}
      {calls.length === 0 ? null : (
        <Block title="Calls that failed">
          <ul class="wide">
            {calls.reverse().map(({ id, code, method, ms, startedAt, error, caller }) => (
              <li key={id}>
                <button type="button" class="row" onClick={() => place.go({ call: id })}>
                  <CodeBadge code={code} />
                  <bdi class="grow">{method}</bdi>
                  <span class="soft">
                    {msText(ms)}, <Ago at={startedAt} />
                  </span>
                  <span class="message">
                    {error} <span class="soft">to {caller}</span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </Block>
      )}
      {past.length === 0 ? null : (
        <Block title="Failures before">
          {past.map((event) => (
            <details key={event.number}>
              <summary>
                <span class="bad failed">{phaseTexts[event.phase]}</span>{" "}
                <span class="soft">
                  <Ago at={event.at} />
                </span>
                <span class="message">{event.message}</span>
              </summary>
              <Fault {...detailOf(event)} message={undefined} />
            </details>
          ))}
        </Block>
      )}
    </>
  );
}
