import { useComputed } from "@preact/signals";
import { msText, perSecond, rateText, shareText } from "../ui/format.ts";
import type { GraphModel } from "./graph-model.ts";
import { errorLevel, errorShare, type Figures, lineWidth } from "./link-figures.ts";
import { textWidth } from "./measure.ts";
import { splitName } from "./names.ts";
import type { GraphLink } from "./structure.ts";
import { stepText } from "./trace-steps.ts";

interface Props {
  readonly model: GraphModel;
  readonly link: GraphLink;
}

/** The line of a link, with its arrow. It is drawn anew when it looks different, and not with every call. */
export function LinkLine({ model, link }: Props) {
  const look = useLook(model, link);
  const route = useComputed(() => model.routes.value.get(link.id) ?? noRoute);
  const level = useLevel(model, link);
  const width = useComputed(() => lineWidth(model.figures.link(link).value.rate));
  // An attribute follows its signal by itself: nothing is drawn for it.
  const sentence = useComputed(() => linkSentence(link, model.figures.link(link).value));
  const { path, x, y, isBack } = route.value;
  const size = 3.5 + width.value / 2;
  return (
    // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it is looked at, and nothing more
    <g
      class={`link ${link.kind} ${level.value} ${look.value}`}
      data-link={link.id}
      role="img"
      tabIndex={-1}
      aria-label={sentence}
      onFocus={() => model.focus.point(link.id)}
      onBlur={() => model.focus.leave(link.id)}
      onPointerEnter={() => model.focus.point(link.id)}
      onPointerLeave={() => model.focus.leave(link.id)}
    >
      <path class="hit" d={path} />
      <path class="line" d={path} stroke-width={width.value} />
      <path class="dots" d={path} stroke-width={Math.max(1.5, width.value * 0.5)} />
      <path
        class="arrow"
        d={`M0 0l-8 ${-size}v${2 * size}z`}
        transform={`translate(${x} ${y})${isBack ? " rotate(180)" : ""}`}
      />
    </g>
  );
}

/** What stands at a link: its figures, a mark when it fails, and the steps of the call that is looked at. */
export function LinkLabel({ model, link }: Props) {
  const look = useLook(model, link);
  const level = useLevel(model, link);
  const place = useComputed(() => model.labels.value.get(link.id) ?? nowhere);
  const steps = useComputed(() => stepText(model.focus.steps.value?.get(link.id) ?? []));
  const hasFigures = useComputed(() => {
    if (look.value !== "") return look.value === "shown";
    return place.value.hasRoom && model.view.detail.value === "near" && !level.value.includes("idle");
  });
  const { x, y } = place.value;
  const fails = !level.value.includes("none");
  return (
    <g class={`label ${level.value} ${look.value}`} transform={`translate(${x} ${y})`}>
      {hasFigures.value ? <LabelText model={model} link={link} /> : null}
      {fails && !hasFigures.value ? (
        <path class="cross" d="M-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0M-2.5 -2.5l5 5M2.5 -2.5l-5 5" />
      ) : null}
      {steps.value === "" ? null : <Steps text={steps.value} />}
    </g>
  );
}

function LabelText({ model, link }: Props) {
  const figures = model.figures.link(link).value;
  const share = errorShare(figures);
  const text = labelText(figures);
  const width = textWidth(text, "11px") + 12;
  return (
    <g class="figures">
      <rect class="plate" x={-width / 2} y={-9} width={width} height={share > 0 ? 31 : 18} rx={9} />
      <text y={4}>{text}</text>
      {share > 0 ? (
        <text class="fails" y={17}>
          ✕ {shareText(share)} fail
        </text>
      ) : null}
    </g>
  );
}

function Steps({ text }: { readonly text: string }) {
  const width = Math.max(20, textWidth(text, "600 12px") + 12);
  return (
    <g class="steps" transform="translate(0 -20)">
      <rect class="step" x={-width / 2} y={-10} width={width} height={20} rx={10} />
      <text y={4}>{text}</text>
    </g>
  );
}

const nowhere = { x: 0, y: 0, hasRoom: false };
const noRoute = { path: "", x: 0, y: 0, isBack: false };

function useLevel(model: GraphModel, link: GraphLink) {
  return useComputed(() => {
    const figures = model.figures.link(link).value;
    return `${errorLevel(errorShare(figures))} ${figures.rate > 0 ? "busy" : "idle"}`;
  });
}

function useLook(model: GraphModel, { id, source, target }: GraphLink) {
  const { focus } = model;
  return useComputed(() => {
    const lit = focus.lit.value;
    const pointed = focus.pointed.value;
    if (pointed === id || pointed === source || pointed === target) return "shown";
    if (lit === undefined) return "";
    return lit.has(id) ? "shown" : "dim";
  });
}

/** `12/s · 3 ms · 20 ms` */
function labelText({ rate, p50Ms, p95Ms }: Figures): string {
  return rate === 0 ? "idle" : `${perSecond(rate)} · ${msText(p50Ms)} · ${msText(p95Ms)}`;
}

function linkName({ source, target, kind }: GraphLink): string {
  const name = (id: string): string => splitName(id.slice(id.indexOf(":") + 1)).short;
  return `${name(source)} ${kind === "call" ? "calls" : "sends to"} ${name(target)}`;
}

function linkSentence(link: GraphLink, figures: Figures): string {
  if (figures.rate === 0) return `${linkName(link)}, idle`;
  const share = errorShare(figures);
  const errors = share > 0 ? `, ${shareText(share)} errors` : "";
  const times = `half within ${msText(figures.p50Ms)}, 95 % within ${msText(figures.p95Ms)}`;
  return `${linkName(link)}, ${rateText(figures.rate)} per second, ${times}${errors}`;
}
