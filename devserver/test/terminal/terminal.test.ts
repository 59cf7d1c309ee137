import { eventually } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { line, span } from "../../src/terminal/line.ts";
import { Terminal, type TerminalOptions } from "../../src/terminal/terminal.ts";
import { fakeTerminal } from "../support/fake-terminal.ts";

let pressed: string[];
let open: Terminal[];
const test = suite("the terminal");
test.before.each(() => {
  pressed = [];
  open = [];
});
test.after.each(() => {
  for (const terminal of open) terminal.close();
});

test("each key does its work, capitals, arrows and others nothing", async () => {
  const fake = fakeTerminal();
  openTerminal({ streams: fake.streams }).listen();
  assert.ok(fake.isRaw);

  fake.press("r");
  fake.press("\u001b[C\u001bOq");
  await eventually(1000, "r was read", () => pressed.length === 1);
  fake.press("xRoq\u0003\u0004\u001a");
  await eventually(1000, "all was read", () => pressed.length === 6);

  assert.equal(pressed, ["reload", "open", "quit", "quit", "quit", "suspend"]);
});

test("h shows the keys, c clears", async () => {
  const fake = fakeTerminal();
  openTerminal({ streams: fake.streams }).listen();

  fake.press("hc");

  await eventually(1000, "it was cleared", () => fake.output.endsWith("\u001b[2J\u001b[3J\u001b[H"));
  assert.match(fake.output, "\u001b[1mr\u001b[0m build and swap all services\n");
});

test("raw mode ends with the terminal, which can be closed again, and reads no more keys", async () => {
  const fake = fakeTerminal();
  const terminal = openTerminal({ streams: fake.streams });
  terminal.listen();
  terminal.listen();

  terminal.close();
  terminal.close();
  fake.press("r");
  await new Promise(setImmediate);

  assert.equal([fake.isRaw, fake.isPaused, pressed], [false, true, []]);
});

test("raw mode ends while the program is stopped, and comes back with it", async () => {
  const fake = fakeTerminal();
  openTerminal({ streams: fake.streams }).listen();

  fake.press("\u001a");
  await eventually(1000, "it was stopped", () => pressed.length === 1);
  assert.not(fake.isRaw);
  process.emit("SIGCONT", "SIGCONT");

  assert.ok(fake.isRaw);
});

test("without a terminal on both sides no keys are read and nothing is said of them", () => {
  const fake = fakeTerminal();
  const isPiped = { ...fake.streams, stdin: Object.assign(fake.streams.stdin, { isTTY: false }) };
  openTerminal({ streams: isPiped as never }).listen();
  openTerminal({ streams: undefined }).listen();

  assert.equal([fake.isRaw, fake.output], [false, ""]);
});

test("on a terminal the time stands before an event, in colours, and a long line is cut", async () => {
  const fake = fakeTerminal(40);
  openTerminal({ streams: fake.streams }).show(swapped, new Date(2020, 0, 1, 9, 5, 7).getTime());
  await new Promise(setImmediate);

  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
  const text = fake.output.replace(/\u001b\[\d+m/g, "");
  assert.is(text, "09:05:07 swapped a.b revision 1 in 9 ms…\n");
  assert.match(fake.output, "\u001b[2m09:05:07 \u001b[0m\u001b[32mswapped\u001b[0m");
});

test("a terminal that does not know its width gets whole lines", async () => {
  const fake = fakeTerminal(0);
  let written = "";
  openTerminal({ streams: fake.streams, env: { NO_COLOR: "1" }, write: (text) => void (written += text) }).show(
    swapped,
  );

  assert.match(written, /b\.ts \(transform 4 ms, start 1 ms, swap 0\.1 ms\)\n$/);
});

test("into a pipe go whole lines without time and colours, through the program's own output", () => {
  const fake = fakeTerminal(40);
  const isPiped = { ...fake.streams, stdout: Object.assign(fake.streams.stdout, { isTTY: false }) } as never;
  let written = "";
  openTerminal({ streams: isPiped, write: (text) => void (written += text) }).show(swapped);

  assert.is(
    written,
    "swapped a.b revision 1 in 9 ms: services/some/where/b.ts (transform 4 ms, start 1 ms, swap 0.1 ms)\n",
  );
  assert.is(fake.output, "");
});

test("FORCE_COLOR colours a pipe too", async () => {
  const fake = fakeTerminal();
  const isPiped = { ...fake.streams, stdout: Object.assign(fake.streams.stdout, { isTTY: false }) } as never;
  openTerminal({ streams: isPiped, env: { FORCE_COLOR: "1" } }).say(line(span("x", "bad")));
  await new Promise(setImmediate);

  assert.is(fake.output, "\u001b[31mx\u001b[0m\n");
});

const swapped = {
  type: "swapped",
  service: "a.b",
  revision: 1,
  files: ["/work/services/some/where/b.ts"],
  transformMs: 4,
  startMs: 1,
  swapMs: 0.1,
  totalMs: 9,
  inFlight: 0,
  announced: false,
} as const;

function openTerminal(options: Pick<TerminalOptions, "streams"> & Partial<TerminalOptions>): Terminal {
  const note = (name: string) => () => void pressed.push(name);
  const actions = { reload: note("reload"), open: note("open"), quit: note("quit"), suspend: note("suspend") };
  const terminal = new Terminal({ root: "/work", env: {}, write: () => {}, actions, ...options });
  open.push(terminal);
  return terminal;
}

test.run();
