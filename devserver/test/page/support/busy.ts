import type { Page } from "playwright-core";
import { type Served, withHub } from "../../support/hub.ts";
import { front, greeter } from "../../support/observed.ts";
import { devService } from "./fleet.ts";

/** The service that is called most. */
export const greeterName = "go.micro.srv.greeter";

/** A hub to which everything has happened that the page shows, and nothing happens any more. */
export async function busy(run: (served: Served) => Promise<void>): Promise<void> {
  await withHub({ services: [greeter, front] }, async (served) => {
    const { host } = served;
    const { client } = host.kernel;
    host.services = [devService(greeterName), devService("go.micro.srv.front", "it failed here")];
    for (let n = 0; n < 3; n++) await client.call("go.micro.srv.front", "Front.Hello", { name: "John" });
    await client.call(greeterName, "Say.Fail", {}).catch(() => {});
    for await (const _ of client.stream(greeterName, "Say.Count", { to: 3 }));
    const frame = { file: "/project/front.ts", line: 3, column: 1, excerpt: "> 3 | x y;\n    | ^" };
    host.events.emit({
      ...{ type: "swapped", service: greeterName, revision: 1, files: ["/project/greeter.ts"], transformMs: 2 },
      ...{ startMs: 1, swapMs: 0.1, totalMs: 4, inFlight: 0, announced: false },
    });
    host.events.emit({ type: "log", level: "warn", service: greeterName, text: "a log" });
    host.events.emit({
      ...{ type: "failed", phase: "build", service: "go.micro.srv.front", file: frame.file },
      ...{ message: "it failed here", frame, stack: "Error: it failed here\n    at front.ts:3" },
    });
    host.events.emit({
      ...{ type: "types", ms: 5 },
      problems: [{ file: "/project/a.ts", line: 1, column: 2, code: "TS2322", message: "Type 'a' is not 'b'." }],
    });
    await run(served);
  });
}

/** Waits until a view shows what happened. */
export async function settled(page: Page, view: string): Promise<void> {
  const main = page.getByRole("main", { name: view });
  await (view === "graph"
    ? main
        .getByRole("button", { name: /greeter/ })
        .first()
        .waitFor()
    : main
        .getByText(/greeter/)
        .first()
        .waitFor());
}
