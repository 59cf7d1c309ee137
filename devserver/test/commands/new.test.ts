import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError, version } from "@micro/kernel";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../src/commands/new.ts";
import { devserver } from "../../src/devserver-plugin.ts";
import { createContext } from "../support/command-context.ts";
import { createUserProject, type UserProject } from "../support/user-project.ts";

let project: UserProject;
const test = suite("micro new");
test.before.each(() => {
  project = createUserProject();
});
test.after.each(() => project.remove());

test("it writes a project in a folder of that name and says what to do next", async () => {
  const { status, stdout } = await micro(["greeter"]);

  assert.is(status, 0);
  assert.equal(listFiles("greeter"), [
    ".gitignore",
    "README.md",
    "micro.config.ts",
    "package.json",
    "services/greeter.ts",
    "test/greeter.test.ts",
    "tsconfig.json",
  ]);
  assert.match(stdout, /^wrote 7 files in greeter: /);
  assert.match(
    stdout,
    /\n {2}cd greeter\n {2}npm install\n {2}npm run dev\n {2}npx micro query go\.micro\.srv\.greeter /,
  );
  const manifest = JSON.parse(read("greeter/package.json"));
  assert.is(manifest.name, "greeter");
  assert.is(manifest.dependencies["@micro/cli"], version);
});

test("a name with dots is the service's own; its last part names the files", async () => {
  await micro(["com.Example.mail"]);

  assert.match(read("com.Example.mail/services/mail.ts"), 'name: "com.Example.mail"');
  assert.match(read("com.Example.mail/test/mail.test.ts"), "../services/mail.ts");
  assert.is(JSON.parse(read("com.Example.mail/package.json")).name, "com.example.mail");
});

test("--dir names another folder, which may be there when it is empty or a fresh repository", async () => {
  mkdirSync(join(project.folder, "here/.git"), { recursive: true });
  const { stdout } = await micro(["greeter"], { dir: "here" });

  assert.match(stdout, "\n  cd here\n");
  assert.ok(listFiles("here").includes("services/greeter.ts"));
});

test("a folder that is not empty, or is a file, is left as it is, and what is there is named", async () => {
  project.write("greeter/mine.txt", "x");
  project.write("file", "x");

  assert.match(await refusal(["greeter"]), /greeter is not empty: mine\.txt; --dir names another place/);
  assert.match(await refusal(["greeter"], { dir: "file" }), /file is a file; --dir names another place/);
  assert.equal(listFiles("greeter"), ["mine.txt"]);
  for (let at = 0; at < 12; at++) writeFileSync(join(project.folder, `greeter/${at}.txt`), "");
  assert.match(await refusal(["greeter"]), /not empty: .* and 3 more;/);
});

test("a name that no service may have is refused with the rule and one that it may have", async () => {
  const cases = [
    ["Grüße an alle!", 'not "Grüße an alle!"; how about "Gru-e-an-alle"?'],
    ["../evil", 'not "../evil"; how about "evil"?'],
    ["-x-", 'how about "x"?'],
    ["a".repeat(120), `how about "${"a".repeat(64)}"?`],
    ["a".repeat(200), `how about "${"a".repeat(64)}"?`],
  ] as const;
  for (const [name, message] of cases) assert.match(await refusal([name]), message);
  assert.match(await refusal(["!!!"]), /at most 128, not "!!!"$/);
  assert.match(await refusal([]), "a name is requested: micro new greeter");
  assert.match(await refusal(["a", "b", "c"]), "one project at a time, not also b c");
  assert.equal(readdirSync(project.folder).sort(), ["node_modules", "package.json"]);
});

async function micro(args: readonly string[], flags: Record<string, string> = {}) {
  const test = createContext(devserver(), "new", { args, flags, cwd: project.folder });
  const status = await run(test.context);
  return { status, stdout: test.stdout };
}

async function refusal(args: readonly string[], flags: Record<string, string> = {}): Promise<string> {
  try {
    await micro(args, flags);
  } catch (error) {
    assert.instance(error, UsageError);
    return (error as Error).message;
  }
  assert.unreachable(`micro new ${args.join(" ")} was done`);
  return "";
}

function read(path: string): string {
  return readFileSync(join(project.folder, path), "utf8");
}

function listFiles(folder: string): readonly string[] {
  return readdirSync(join(project.folder, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(project.folder, folder).length + 1))
    .sort();
}

test.run();
