import { eventually, within } from "@micro/kernel/testing";
import { standard } from "@micro/standard";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub } from "../src/hub/index.ts";
import { Observer } from "../src/observe/index.ts";
import { limitMs, TestPage } from "./support/hub.ts";
import { edgesOf } from "./support/observed.ts";
import { Project, sayer } from "./support/project.ts";

const test = suite("the live stream of a real host");

test("a swap is told, the edge counts on, and a page may call the new code", async () => {
  const observer = new Observer();
  const project = await Project.create({ "services/a.ts": sayer("a", "one") });
  try {
    const config = { services: ["services/*.ts"], plugins: [standard(), observer.plugin()] };
    const host = await project.start({ config });
    const hub = await startHub({ host, observer, port: 0, env: {} });
    const { port, hash } = new URL(hub.pageUrl);
    const page = await new TestPage(Number(port), hash.slice(1)).open();
    try {
      const { project: services } = await page.find("snapshot");
      assert.equal(
        services?.map(({ name, revision }) => [name, revision]),
        [["a", 0]],
      );
      const call = { type: "invoke", service: "a", method: "Say.Hello", input: {} };
      assert.match(JSON.stringify((await page.ask({ ...call, id: 1 })).value), /one/);

      await project.write("services/a.ts", sayer("a", "two"));
      const isSwap = ({ type }: { readonly type: string }): boolean => type === "swapped";
      await page.find("delta", ({ events }) => events?.some(isSwap) === true);
      await page.find("delta", ({ project: changed }) => changed?.[0]?.revision === 1);
      assert.match(JSON.stringify((await page.ask({ ...call, id: 2 })).value), /two/);
      assert.equal(edgesOf(observer), ["outside -> a Say.Hello 2/0"]);
      await eventually(limitMs, "the service", () => observer.fleet.service("a")?.health === "up");
    } finally {
      page.close();
      await hub.close();
    }
  } finally {
    observer.close();
    await within(15_000, "closing the project", project.close());
  }
});

test.run();
