import { createHash, randomUUID } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";

/** Bump when the layout of an entry changes. */
const layout = "1";

/** About 20 MB of transformed code; the oldest half goes when there is more. */
const maxEntries = 4000;

const digestLength = 64;

/**
 * Keeps transformed code on disk. An entry is the digest of the code, then the code, so a damaged one is seen and
 * made anew. A cache that cannot be written is no error: the code is transformed again next time.
 *
 * @param {string} version of what makes the entries
 */
export function openCache(version) {
  const folder = chooseFolder();
  let pruned = false;

  return {
    /** @param {string[]} parts */
    key: (...parts) => digest(JSON.stringify([layout, version, ...parts])),

    /** @param {string} key */
    read(key) {
      return folder === undefined ? undefined : readEntry(join(folder, key));
    },

    /**
     * @param {string} key
     * @param {string} code
     */
    write(key, code) {
      if (folder === undefined) return code;

      if (!pruned) prune(folder);
      pruned = true;
      writeEntry(join(folder, key), code);
      return code;
    },
  };
}

/** The cache of the project we run in; else a folder of this user alone. */
function chooseFolder() {
  const modules = findUp(process.cwd(), "node_modules");
  return (
    (modules !== undefined ? makeFolder(join(modules, ".cache", "micro")) : undefined) ??
    makeFolder(join(tmpdir(), `micro-cache-${userName()}`))
  );
}

/**
 * @param {string} start
 * @param {string} name
 */
function findUp(start, name) {
  for (let folder = start; ; folder = dirname(folder)) {
    const candidate = join(folder, name);
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}

/**
 * Makes the folder, and refuses one that belongs to somebody else: what lies in it is going to be run.
 *
 * @param {string} folder
 */
function makeFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    const { uid } = lstatSync(folder);
    return process.getuid === undefined || process.getuid() === uid ? folder : undefined;
  } catch {
    return undefined;
  }
}

function userName() {
  try {
    return userInfo().username.replace(/[^\w.-]/g, "_");
  } catch {
    return "unknown"; // A container's user may have no entry in the user table.
  }
}

/** @param {string} file */
function readEntry(file) {
  try {
    const entry = readFileSync(file, "utf8");
    const code = entry.slice(digestLength);
    return digest(code) === entry.slice(0, digestLength) ? code : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Writes beside and renames, so that a process which starts now sees the whole entry or none.
 *
 * @param {string} file
 * @param {string} code
 */
function writeEntry(file, code) {
  const draft = `${file}.${randomUUID()}`;
  try {
    writeFileSync(draft, digest(code) + code);
    renameSync(draft, file);
  } catch {
    // A full disk, or a folder that has gone. What is left of the draft is pruned as any other entry.
  }
}

/** @param {string} folder */
function prune(folder) {
  try {
    const files = readdirSync(folder).map((name) => join(folder, name));
    if (files.length <= maxEntries) return;

    const oldestFirst = files.map((file) => ({ file, at: statSync(file).mtimeMs })).sort((a, b) => a.at - b.at);
    for (const { file } of oldestFirst.slice(0, files.length / 2)) rmSync(file, { force: true });
  } catch {
    // Another process is pruning too.
  }
}

/** @param {string} text */
function digest(text) {
  return createHash("sha256").update(text).digest("hex");
}
