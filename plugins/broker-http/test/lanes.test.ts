import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Job, Lanes } from "../src/lanes.ts";

const test = suite("lanes");

function createJobs(lanes: Lanes): { readonly started: string[]; enter(lane: string, name: string): Job } {
  const started: string[] = [];
  return {
    started,
    enter(lane, name) {
      const job = { start: () => void started.push(name) };
      lanes.enter(lane, job);
      return job;
    },
  };
}

test("so many of a lane run at a time, in the order in which they came", () => {
  const lanes = new Lanes(10, 2);
  const { started, enter } = createJobs(lanes);
  const [first, second] = ["1", "2", "3", "4"].map((name) => enter("a", name)) as [Job, Job];
  assert.equal(started, ["1", "2"]);

  lanes.leave("a", second);
  lanes.leave("a", first);

  assert.equal(started, ["1", "2", "3", "4"]);
});

test("lanes take turns, and a full one holds up no other", () => {
  const lanes = new Lanes(2, 1);
  const { started, enter } = createJobs(lanes);
  const [stuck, , running] = [enter("a", "a1"), enter("a", "a2"), enter("b", "b1")] as [Job, Job, Job];
  enter("b", "b2");
  enter("c", "c1");
  assert.equal(started, ["a1", "b1"]);

  lanes.leave("b", running);
  assert.is(started.length, 3);
  lanes.leave("a", stuck);

  assert.equal(started.slice(0, 2), ["a1", "b1"]);
  assert.equal(started.slice(2).sort(), ["a2", "b2"]);
});

test("what gives up waiting is not started, and takes nobody's place", () => {
  const lanes = new Lanes(1, 1);
  const { started, enter } = createJobs(lanes);
  const running = enter("a", "1");
  const waiting = enter("a", "2");
  enter("b", "3");

  lanes.leave("a", waiting);
  assert.equal(started, ["1"]);
  lanes.leave("a", running);

  assert.equal(started, ["1", "3"]);
});

test("random rounds never run more than they may, and run all", () => {
  const lanes = new Lanes(5, 2);
  const running = new Map<string, Set<Job>>();
  let [at, ran] = [1, 0];
  const random = (below: number): number => {
    at = (Math.imul(at, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((at / 2 ** 32) * below);
  };
  const end = (): void => {
    const busy = [...running].filter(([, jobs]) => jobs.size > 0);
    const [name, jobs] = busy[random(busy.length)] ?? ["", new Set()];
    const [job] = jobs;
    if (job === undefined) return;
    jobs.delete(job);
    lanes.leave(name, job);
  };
  const check = (): void => {
    const counts = Array.from(running.values(), ({ size }) => size);
    assert.ok(counts.every((count) => count <= 2));
    assert.ok(counts.reduce((sum, count) => sum + count, 0) <= 5);
  };

  for (let round = 0; round < 2000; round++) {
    const name = String(random(4));
    const job: Job = {
      start() {
        ran++;
        running.set(name, (running.get(name) ?? new Set()).add(job));
      },
    };
    lanes.enter(name, job);
    check();
    if (random(3) > 0) end();
    check();
  }
  for (let left = 0; left < 2000; left++) end();

  assert.is(ran, 2000);
});

test.run();
