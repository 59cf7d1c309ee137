import { Cancellation } from "@micro/limits";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cancellation");

function target(): { reasons: unknown[]; abort(reason: unknown): void } {
  const reasons: unknown[] = [];
  return { reasons, abort: (reason) => void reasons.push(reason) };
}

test("every target is told once, with the reason", () => {
  const cancellation = new Cancellation();
  const [first, second] = [target(), target()];
  cancellation.add(first);
  cancellation.add(second);

  cancellation.abort("enough");
  cancellation.abort("again");

  assert.equal(first.reasons, ["enough"]);
  assert.equal(second.reasons, ["enough"]);
  assert.is(cancellation.aborted, true);
  assert.is(cancellation.reason, "enough");
});

test("a target that comes late is told at once", () => {
  const cancellation = new Cancellation();
  cancellation.abort("enough");
  const late = target();
  cancellation.add(late);
  assert.equal(late.reasons, ["enough"]);
});

test("a target that was removed is not told", () => {
  const cancellation = new Cancellation();
  const gone = target();
  cancellation.add(gone);
  cancellation.delete(gone);
  cancellation.delete(gone);
  cancellation.abort("enough");
  assert.equal(gone.reasons, []);
});

test("its signal aborts with it, whether asked for before or after", () => {
  const [before, after] = [new Cancellation(), new Cancellation()];
  const signal = before.signal;
  before.abort("enough");
  after.abort("enough");
  assert.is(signal.aborted, true);
  assert.is(signal.reason, "enough");
  assert.is(after.signal.reason, "enough");
  assert.is(after.signal, after.signal);
});

test("one cancellation can be the target of another", () => {
  const [parent, child] = [new Cancellation(), new Cancellation()];
  parent.add(child);
  parent.abort("enough");
  assert.is(child.signal.aborted, true);
});

test.run();
