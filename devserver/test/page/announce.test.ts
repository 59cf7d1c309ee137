import { mock } from "node:test";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { LiveState } from "../../page/src/live/live-state.ts";
import { announce } from "../../page/src/ui/announce.ts";
import { announcementOf } from "../../page/src/ui/announcement.ts";
import type { DevEvent, NumberedEvent } from "../../src/index.ts";

const test = suite("what a screen reader is told");

const numbered = (events: readonly DevEvent[], from = 1): NumberedEvent[] =>
  events.map((event, at) => ({ ...event, number: from + at, at: 0 }));
const swapped = (service: string, revision = 1): DevEvent => ({
  ...{ type: "swapped", service, revision, files: [], transformMs: 1, startMs: 1, swapMs: 1, totalMs: 3 },
  ...{ inFlight: 0, announced: false },
});
const failed = (service: string): DevEvent => ({
  ...{ type: "failed", phase: "build", service, file: undefined, message: "no", frame: undefined, stack: undefined },
});
const logged: DevEvent = { type: "log", level: "info", service: "a", text: "chatter" };

test("one or two things are said in full, more are counted, and logs are not said", () => {
  assert.is(announcementOf(numbered([logged])), undefined);
  assert.is(announcementOf(numbered([swapped("a"), logged])), "a swapped, revision 1");
  assert.is(announcementOf(numbered([swapped("a", 4), failed("b")])), "a swapped, revision 4. b failed: no");
  const many = [swapped("a"), swapped("b"), failed("c"), { type: "removed", service: "d", file: "" } as const];
  assert.is(announcementOf(numbered(many)), "2 swaps, 1 failure, 1 other change");
});

test("the first thing is said at once, and what follows within five seconds together", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const state = new LiveState();
  const spoken: string[] = [];
  const stop = announce(state, (text) => spoken.push(text));
  const tell = (type: "snapshot" | "delta", seq: number, events: readonly NumberedEvent[]): void =>
    void state.take({ type, seq, at: 0, more: false, events });
  try {
    tell("snapshot", 1, numbered([swapped("before")]));
    assert.equal(spoken, [], "what was there at first is no news");
    tell("delta", 2, numbered([swapped("a")], 2));
    assert.equal(spoken, ["a swapped, revision 1"]);
    for (let n = 3; n < 6; n++) tell("delta", n, numbered([swapped("b", n)], n));
    mock.timers.tick(4999);
    assert.is(spoken.length, 1);
    mock.timers.tick(1);
    assert.equal(spoken.slice(1), ["3 swaps"]);
    tell("delta", 6, numbered([logged], 6));
    mock.timers.tick(5000);
    tell("delta", 7, numbered([swapped("c")], 7));
    assert.equal(spoken.slice(2), ["c swapped, revision 1"]);
  } finally {
    stop();
    mock.timers.reset();
  }
});

test.run();
