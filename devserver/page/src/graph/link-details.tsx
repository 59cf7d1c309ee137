import { FigureCells, figureHeads } from "../ui/figure-cells.tsx";
import type { GraphModel } from "./graph-model.ts";
import type { GraphLink } from "./structure.ts";

const maxMethods = 8;

/** The methods of the link that is pointed at, beside it. */
export function LinkDetails({ model }: { readonly model: GraphModel }) {
  const link = model.structure.value.links.get(model.focus.pointed.value ?? "");
  const place = link === undefined ? undefined : model.labels.value.get(link.id);
  if (link === undefined || place === undefined) return null;
  const { x, y } = model.view.toScreen(place);
  const { width, height } = model.view.size.value;
  const isHigh = y > height / 2;
  const left = Math.max(8, Math.min(width - 328, x - 160));
  const at = isHigh ? { bottom: `${height - y + 16}px` } : { top: `${y + 16}px` };
  return (
    <div class="details float" style={{ left: `${left}px`, ...at }} aria-hidden="true">
      <Methods model={model} link={link} />
    </div>
  );
}

function Methods({ model, link }: { readonly model: GraphModel; readonly link: GraphLink }) {
  const methods = model.figures.methods(link);
  const name = (id: string): string => id.slice(id.indexOf(":") + 1);
  return (
    <table class="figures">
      <caption>
        {name(link.source)} <span>→</span> {name(link.target)}
      </caption>
      <thead>
        <tr>
          <th class="method">{link.kind === "call" ? "Method" : "Messages"}</th>
          {figureHeads.map((head) => (
            <th key={head}>{head}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {methods.slice(0, maxMethods).map((one) => (
          <tr key={one.id}>
            <th scope="row" class="method">
              {one.method === "" ? "all" : one.method}
            </th>
            <FigureCells figures={one} />
          </tr>
        ))}
        {methods.length > maxMethods ? (
          <tr>
            <td colSpan={5}>and {methods.length - maxMethods} more</td>
          </tr>
        ) : null}
      </tbody>
    </table>
  );
}
