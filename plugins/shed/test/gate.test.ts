import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Ended, Load } from "./support/load.ts";

const test = suite("the gate of a service");

// What twenty calls at once of 20 ms each come to.
const capacity = 1000;
// Handlers that share a processor: beyond twenty each takes as much longer as there are more.
const sharing = (running: number): number => 20 * Math.max(1, running / 20);

test("ten times as much as it can do: what it lets in is answered nearly as fast as ever", () => {
  const load = new Load({}, sharing);
  load.run(4000, 10 * capacity);

  const steady = load.ended.filter(({ at }) => at > 2000);
  const answered = steady.filter(({ how }) => how === "answered");
  assert.ok(answered.length >= 0.8 * capacity * 3, `${answered.length} were answered`);
  assert.ok(percentile(answered, 0.99) <= 40, `the slowest hundredth took ${percentile(answered, 0.99)} ms`);
  const refused = steady.filter(({ how }) => how === "refused");
  assert.ok(percentile(refused, 0.99) <= 30, `refusals took ${percentile(refused, 0.99)} ms`);
  assert.ok(percentile(refused, 0.5) <= 10, `half of the refusals took ${percentile(refused, 0.5)} ms`);
  assert.is(load.count("late"), 0);
  // Who runs, who waits, and who has just come.
  assert.ok(load.mostPresent <= 41);
});

test("without a limit nearly nothing is answered in time, and all of it is in memory", () => {
  const load = new Load({ maxInFlight: Number.POSITIVE_INFINITY }, sharing);
  load.run(1500, 10 * capacity);

  assert.ok(load.mostPresent > 5000);
  const late = load.ended.filter(({ tookMs }) => tookMs > 40).length;
  assert.ok(late > 0.9 * load.ended.length);
});

test("a burst waits and is answered in the order in which it came", () => {
  const load = new Load({ maxInFlight: 1, maxQueue: 4 });
  const calls = Array.from({ length: 5 }, () => load.call());

  load.advance(load.now + 1);
  assert.equal(load.gate.stats, { running: 1, streams: 0, waiting: 4, admitted: 1, queued: 4, refused: 0 });
  for (let at = 1; at < 5; at++) {
    load.advance(load.now + 20);
    assert.equal(
      calls.map(({ hasRun }) => hasRun),
      calls.map((_, index) => index <= at),
    );
  }
  load.advance(load.now + 20);

  assert.is(load.count("answered"), 5);
  assert.equal(load.gate.stats, { running: 0, streams: 0, waiting: 0, admitted: 5, queued: 4, refused: 0 });
});

test("once the line stands, the last comes first and the first is put out", () => {
  const load = new Load({ maxInFlight: 1, maxQueue: 2 }, () => 1000);
  load.call();
  const [first, second] = [load.call(), load.call()];
  load.advance(load.now + 200);

  const third = load.call();

  assert.is(load.count("refused"), 1);
  load.advance(load.now + 850);
  assert.equal([first.hasRun, second.hasRun, third.hasRun], [false, false, true]);
});

test("a call beyond limit and line is refused as not processed, with a time to come back", () => {
  const load = new Load({ maxInFlight: 1, maxQueue: 0 });
  load.call();

  load.call();

  const { error } = load.ended[0] as Ended;
  assert.is(error?.code, 503);
  assert.is(error?.id, "greeter");
  assert.is(error?.reason, "overloaded");
  assert.is(error?.notProcessed, true);
  assert.is(error?.retryAfterMs, 1000);
});

test("who waits and whose time is shorter than the call takes is refused before it runs", () => {
  const load = new Load({ maxInFlight: 1 });
  load.call();
  load.advance(load.now + 50);
  load.call();

  const short = load.call(15);
  assert.is(load.count("refused"), 1);
  const soon = load.call(30);
  load.advance(load.now + 20);

  assert.is(load.count("refused"), 2);
  assert.equal([short.hasRun, soon.hasRun], [false, false]);
});

test("who waits and is given up takes no place", () => {
  const load = new Load({ maxInFlight: 1, maxQueue: 1 });
  load.call();
  const waiting = load.call();
  waiting.end("late");
  assert.is(load.gate.stats.waiting, 0);

  const other = load.call();
  load.advance(load.now + 20);

  assert.equal([waiting.hasRun, other.hasRun], [false, true]);
});

test("calls that wait and end at once leave nothing behind, however many", () => {
  let serviceMs = 20;
  const load = new Load({ maxInFlight: 1, maxQueue: 20_000 }, () => serviceMs);
  for (let count = 0; count < 20_000; count++) load.call();
  serviceMs = 0;
  load.advance(load.now + 20);

  assert.is(load.count("answered"), 20_000);
  assert.is(load.gate.stats.running, 0);
});

test("under pressure nothing comes in, and what runs goes on", () => {
  let pressure: string | undefined;
  const told: string[] = [];
  const load = new Load({ pressure: () => pressure, onRefuse: (why) => told.push(why) });
  load.call();
  pressure = "the event loop is late";

  load.call();
  load.advance(load.now + 20);

  assert.is(load.count("answered"), 1);
  assert.match(load.ended[0]?.error?.detail ?? "", /the service is overloaded: the event loop is late/);
  assert.equal(told, ["the event loop is late"]);
});

test("streams have a limit of their own and never wait", () => {
  const load = new Load({ maxInFlight: 2 });
  const [first] = [load.open(), load.open()];
  load.call();

  load.open();
  assert.is(load.count("refused"), 1);
  assert.equal(load.gate.stats, { running: 1, streams: 2, waiting: 0, admitted: 3, queued: 0, refused: 1 });

  first.end("answered");
  assert.is(load.open().hasRun, true);
});

test.run();

function percentile(ended: readonly Ended[], share: number): number {
  const sorted = ended.map(({ tookMs }) => tookMs).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}
