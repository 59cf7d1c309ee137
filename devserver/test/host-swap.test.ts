import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Project, sayer } from "./support/project.ts";

const test = suite("swapping a service");

test("a save in place is answered by new code, and the registry hears nothing of it", async () => {
  const project = await Project.create({ "services/a.ts": sayer("a", "one") });
  try {
    await project.start();
    await project.answers("a", "one");

    await project.write("services/a.ts", sayer("a", "two"));
    await project.answers("a", "two");

    const swapped = await project.event("swapped");
    assert.is(swapped.revision, 1);
    assert.is(swapped.announced, false);
    assert.equal(swapped.files, [project.path("services/a.ts")]);
    assert.ok(swapped.totalMs > 0 && swapped.transformMs <= swapped.totalMs);
    assert.equal((await project.event("drained")).leaks, []);
    assert.equal(project.all("failed"), []);
  } finally {
    await project.close();
  }
});

test.run();
