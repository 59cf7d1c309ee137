import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cutLine, line, span } from "../../src/terminal/line.ts";
import { hasColours, paintLine } from "../../src/terminal/paint.ts";
import { cutTo, widthOf } from "../../src/terminal/width.ts";

const test = suite("painting lines");

test("colours are used on a terminal, unless it is a dumb one or NO_COLOR says no; FORCE_COLOR goes before both", () => {
  const cases = [
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [true, { TERM: "dumb" }, false],
    [false, { FORCE_COLOR: "1" }, true],
    [false, { FORCE_COLOR: "", NO_COLOR: "1" }, true],
    [true, { FORCE_COLOR: "0" }, false],
    [true, { FORCE_COLOR: "false" }, false],
  ] as const;
  for (const [isTTY, env, expected] of cases) assert.is(hasColours(isTTY, env), expected, JSON.stringify(env));
});

test("colours change nothing of the text, and end where their piece ends", () => {
  const painted = paintLine(line(span("failed", "bad"), " here"), { colours: true, columns: 80 });

  assert.is(painted, "\u001b[31mfailed\u001b[0m here");
});

test("a line that may be cut is, at the width of the terminal, with a mark; others wrap", () => {
  const parts = [span("swapped", "good"), " ", span("services/greeter.ts", "strong")];
  const plain = { colours: false, columns: 12 };

  assert.is(paintLine(cutLine(...parts), plain), "swapped ser…");
  assert.is(paintLine(line(...parts), plain), "swapped services/greeter.ts");
  assert.is(paintLine(cutLine(...parts), { ...plain, columns: 27 }), "swapped services/greeter.ts");
  assert.is(paintLine(cutLine(...parts), { ...plain, columns: 26 }), "swapped services/greeter.…");
  assert.is(paintLine(cutLine(...parts), { ...plain, columns: 7 }), "swappe…");
});

test("no cut line is wider than the terminal, wherever its pieces end", () => {
  for (let columns = 0; columns < 20; columns++) {
    const painted = paintLine(cutLine("abc", span(""), "日本", " ", "de\u0301f", span("ghij")), {
      colours: false,
      columns,
    });
    assert.ok(widthOf(painted) <= columns, `${columns}: ${painted}`);
  }
});

test("East Asian characters and emoji are two columns wide, combining marks none", () => {
  assert.is(widthOf("abc"), 3);
  assert.is(widthOf("日本"), 4);
  assert.is(widthOf("e\u0301"), 1);
  assert.is(widthOf("👩‍👩‍👧"), 2);
  assert.is(widthOf("…é"), 2);
  assert.is(cutTo("日本語", 4), "日…");
  assert.is(cutTo("日本語", 6), "日本語");
  assert.is(cutTo("ab", 0), "");
});

test.run();
