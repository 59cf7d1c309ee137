import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Page } from "../page-context.ts";
import { usePage } from "../page-context.ts";
import { perSecond, timeText } from "../ui/format.ts";
import { keepText, keptText } from "../ui/kept-text.ts";
import { areaPath, indexOf, type Span, shareOf, spanBefore, stepFrom, timeAt } from "./bars.ts";
import { type Mark, type MarkKind, marksOf, markText } from "./marks.ts";
import { type Moment, momentAt, momentMs } from "./past.ts";

const openKey = "micro.timeline.open";
const height = 40;

/** The last ten minutes: how much was called and failed, and when code was swapped; one can go back in it. */
export function Timeline() {
  const page = usePage();
  const { place, state, connection } = page;
  const isOpen = useSignal(keptText(openKey) !== "no");
  const now = useSignal(Date.now());
  const status = connection.status.value;
  const shown = isOpen.value || place.at.value !== undefined;
  useEffect(() => {
    if (!shown || status !== "open") return;
    const refresh = (): void => {
      if (document.hidden) return;
      now.value = Date.now();
      void page.past.load();
    };
    refresh();
    const timer = setInterval(refresh, momentMs);
    document.addEventListener("visibilitychange", refresh);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", refresh);
    };
  }, [page, shown, status]);
  const toggle = (): void => {
    isOpen.value = !shown;
    if (shown) place.at.value = undefined;
    keepText(openKey, isOpen.value ? "yes" : "no");
  };
  return (
    <section class="timeline" aria-label="Timeline">
      <div class="line">
        <button type="button" class="button quiet toggle" aria-expanded={shown} onClick={toggle}>
          Last 10 minutes
        </button>
        {shown ? <Readout page={page} /> : null}
        <button
          type="button"
          class={`button live ${place.at.value === undefined ? "" : "primary"}`}
          aria-pressed={place.at.value === undefined}
          onClick={() => (place.at.value = undefined)}
        >
          Live
        </button>
      </div>
      {shown ? <Strip page={page} span={spanBefore(now.value + state.aheadMs.peek())} /> : null}
    </section>
  );
}

function Readout({ page }: { readonly page: Page }) {
  const { place, past, state } = page;
  const moments = past.moments.value;
  const at = place.at.value;
  if (at === undefined) {
    const last = moments.at(-1);
    return (
      <p class="grow soft small">{last === undefined ? "The first ten seconds are not over yet" : flowText(last)}</p>
    );
  }
  const moment = momentAt(moments, at);
  return (
    <p class="grow soft small">
      <strong>{timeText(at - state.aheadMs.peek())}</strong>, live paused
      {moment === undefined ? "" : ` · ${flowText(moment)}`}
    </p>
  );
}

function Strip({ page, span }: { readonly page: Page; readonly span: Span }) {
  const { place, past, state } = page;
  const moments = past.moments.value;
  const track = useRef<HTMLDivElement>(null);
  const ahead = state.aheadMs.peek();
  const marks = marksOf(state.events.value, span.from);
  const at = place.at.value;
  const share = at === undefined ? 1 : shareOf(at - momentMs / 2, span);
  const go = (to: number | undefined): void => {
    place.at.value = to;
  };
  const goTo = (event: PointerEvent): void => {
    const { left, width } = (track.current as HTMLDivElement).getBoundingClientRect();
    go(timeAt((event.clientX - left) / width, span, past.moments.peek()));
  };
  return (
    <div
      ref={track}
      class={`strip ${at === undefined ? "" : "past"}`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        goTo(event);
      }}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && goTo(event)}
    >
      <Areas moments={moments} span={span} />
      {minutes(span, ahead).map((time) => (
        <span key={time} class="minute" style={{ left: percent(shareOf(time, span)) }}>
          {timeText(time - ahead).slice(0, 5)}
        </span>
      ))}
      {marks.map((mark) => (
        <MarkSign key={`${mark.kind} ${mark.at}`} mark={mark} share={shareOf(mark.at, span)} />
      ))}
      <div
        class="scrubber"
        role="slider"
        tabIndex={0}
        aria-label="Moment that is shown"
        aria-valuemin={0}
        aria-valuemax={moments.length}
        aria-valuenow={at === undefined ? moments.length : indexOf(moments, at)}
        aria-valuetext={valueText(at, moments, marks, ahead)}
        style={{ left: percent(share) }}
        onKeyDown={(event) => {
          const by = keySteps[event.key];
          if (by === undefined) return;
          event.preventDefault();
          go(by === Number.POSITIVE_INFINITY ? undefined : stepFrom(at, by, moments));
        }}
      />
    </div>
  );
}

function Areas({ moments, span }: { readonly moments: readonly Moment[]; readonly span: Span }) {
  const most = Math.max(1, ...moments.map(({ calls }) => calls)) * 1.1;
  return (
    <svg class="areas" viewBox={`0 0 1000 ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="calls" d={areaPath(moments, ({ calls }) => calls, span, most, height)} />
      <path class="errors" d={areaPath(moments, ({ errors }) => atLeast(errors, most / 12), span, most, height)} />
    </svg>
  );
}

// One error of many calls is to be seen, too.
function atLeast(errors: number, least: number): number {
  return errors === 0 ? 0 : Math.max(errors, least);
}

// Each kind has its shape and its row.
const signs: Readonly<Record<MarkKind, string>> = { swapped: "◆", failed: "✕", restarted: "↻", blocked: "■" };

function MarkSign({ mark, share }: { readonly mark: Mark; readonly share: number }) {
  const text = markText(mark);
  return (
    <span class={`sign ${mark.kind}`} style={{ left: percent(share) }} title={text} role="img" aria-label={text}>
      {signs[mark.kind]}
    </span>
  );
}

const keySteps: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -6,
  PageUp: 6,
  Home: -60,
  End: Number.POSITIVE_INFINITY,
  Escape: Number.POSITIVE_INFINITY,
};

function valueText(at: number | undefined, moments: readonly Moment[], marks: readonly Mark[], ahead: number): string {
  if (at === undefined) return "now, live";
  const moment = momentAt(moments, at);
  const happened = marks.filter((mark) => mark.at <= at && mark.at > at - momentMs).map(markText);
  return [timeText(at - ahead), moment === undefined ? "" : flowText(moment), ...happened].filter(Boolean).join(", ");
}

function flowText({ calls, errors }: Moment): string {
  const seconds = momentMs / 1000;
  return `${perSecond(calls / seconds)}${errors > 0 ? `, ${perSecond(errors / seconds)} failed` : ""}`;
}

// Every second full minute, as the reader's clock has it.
function minutes({ from, to }: Span, ahead: number): number[] {
  const every = 120_000;
  const times: number[] = [];
  const first = Math.ceil((from - ahead) / every) * every + ahead;
  for (let time = first; time < to - 20_000; time += every) times.push(time);
  return times;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}
