import { existsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type ChokidarOptions, FSWatcher, type Throttler, type ThrottleType, watch } from "chokidar";

/** Paths that changed, and when the first of them did, on the clock of `performance.now()`. */
export interface Batch {
  readonly paths: ReadonlySet<string>;
  readonly at: number;
}

/** What a watcher is started with. */
export interface WatcherOptions {
  /** Whether a change of that path matters. What does not is passed over before anything waits for it. */
  readonly concerns: (path: string) => boolean;
  readonly onBatch: (batch: Batch) => void;
  /** More folders are watched: events of the next moments may be missing. */
  readonly onAdded: () => void;
  /** Asks the file system every so many milliseconds; `undefined` trusts its events. */
  readonly pollMs: number | undefined;
}

/** How long a path must be quiet. Editors write a file in two steps, and save several at once. */
const quietMs = 4;
/** What goes on for longer is told of in parts. */
const capMs = 100;
/** More paths than an editor saves at once come from something like a checkout, which takes its time. */
const stormPaths = 4;
const stormQuietMs = 30;
const stormCapMs = 500;
/** An empty or missing file may be half of a save. Once for each save. */
const halfSavedMs = 25;

/**
 * Watches folders, each by itself, and tells in batches which paths changed. Folders, not files: an editor that saves by
 * renaming leaves the watcher of a file with the old one. A folder that does not exist is waited for.
 */
export class Watcher {
  private readonly options: WatcherOptions;
  private readonly watcher: FSWatcher;
  private readonly watched = new Set<string>();
  private readonly pending = new Map<string, number>();
  private readonly waitedFor = new Set<string>();
  private wanted: ReadonlySet<string> = new Set();
  private timer: NodeJS.Timeout | undefined;
  private lastAt = 0;
  private closed = false;

  constructor(options: WatcherOptions) {
    this.options = options;
    const { pollMs } = options;
    this.watcher = pollMs === undefined ? new FolderWatcher() : watch([], { ...watchOptions, ...pollEvery(pollMs) });
    // Comes later than the raw event of the same change, and must not make it wait for longer.
    this.watcher.on("all", (_event, path) => void (this.pending.has(path) || this.touch(path)));
    // These come before chokidar's throttle, which swallows a second save within 50 ms.
    this.watcher.on("raw", (_event, name, details) => this.touchRaw(name, details));
    // A folder that may not be read is no reason to end; its files are read when they are asked for.
    this.watcher.on("error", () => {});
  }

  /** Watches these folders; one that is missing through the nearest that exists. Folders are added, never taken away. */
  watch(folders: ReadonlySet<string>): void {
    this.wanted = folders;
    if (this.closed) return;
    const added = [...new Set([...folders].map(nearestExisting))].filter((folder) => !this.watched.has(folder));
    for (const folder of added) this.watched.add(folder);
    if (added.length === 0) return;
    this.watcher.add(added);
    this.options.onAdded();
  }

  /** Tells of a change that was found in another way. */
  touch(path: string): void {
    if (this.closed) return;
    const isFolder = this.watched.has(path);
    if (isFolder && !existsSync(path)) this.forget(path);
    if (!isFolder && !this.isOnTheWay(path) && !this.options.concerns(path)) return;
    const now = performance.now();
    if (!this.pending.has(path)) this.pending.set(path, now);
    this.lastAt = now;
    if (this.timer === undefined) this.schedule(quietMs);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    this.pending.clear();
    await this.watcher.close();
  }

  /** A folder that went; if it comes again it is watched again. */
  private forget(folder: string): void {
    this.watched.delete(folder);
    this.watcher.unwatch(folder);
  }

  private touchRaw(name: unknown, details: unknown): void {
    const { watchedPath } = details as { watchedPath?: unknown };
    if (typeof watchedPath !== "string" || typeof name !== "string") return;
    this.touch(basename(watchedPath) === name ? watchedPath : join(watchedPath, name));
  }

  /** A folder in which one will be that is wanted. */
  private isOnTheWay(path: string): boolean {
    for (const folder of this.wanted) if (folder === path || folder.startsWith(`${path}/`)) return true;
    return false;
  }

  private schedule(inMs: number): void {
    this.timer = setTimeout(() => this.settle(), inMs);
  }

  private settle(): void {
    this.timer = undefined;
    const [firstAt = 0] = this.pending.values();
    const isStorm = this.pending.size >= stormPaths;
    const now = performance.now();
    const restMs = this.lastAt + (isStorm ? stormQuietMs : quietMs) - now;
    if (restMs > 0.5 && now - firstAt < (isStorm ? stormCapMs : capMs)) {
      this.schedule(restMs);
      return;
    }
    this.flush(firstAt);
  }

  private flush(at: number): void {
    const paths = new Set(this.pending.keys());
    this.pending.clear();
    // New folders first, so that what comes into them from now on is seen.
    this.watch(this.wanted);
    for (const path of paths) {
      if (!this.waitedFor.delete(path) && isHalfSaved(path)) this.lookAgain(path, paths);
    }
    if (paths.size > 0) this.options.onBatch({ paths, at });
  }

  private lookAgain(path: string, paths: Set<string>): void {
    paths.delete(path);
    this.waitedFor.add(path);
    setTimeout(() => this.touch(path), halfSavedMs).unref();
  }
}

const watchOptions: ChokidarOptions = {
  depth: 0,
  ignoreInitial: true,
  persistent: true,
  ignorePermissionErrors: true,
};

function pollEvery(ms: number): ChokidarOptions {
  return { usePolling: true, interval: ms, binaryInterval: ms };
}

/**
 * Watches folders and nothing in them: the events of a folder name its files. Left to itself chokidar watches each file
 * too, and reads a folder again, with the state of every file in it, whenever one is saved.
 */
class FolderWatcher extends FSWatcher {
  private readonly read = new Set<string>();

  constructor() {
    super({ ...watchOptions, usePolling: false, ignored: (_path, stats) => stats?.isFile() === true });
  }

  override unwatch(folder: string): FSWatcher {
    this.read.delete(folder);
    return super.unwatch(folder);
  }

  override _throttle(type: ThrottleType, path: string, timeoutMs: number): Throttler | false {
    if (type === "readdir") {
      if (this.read.has(path)) return false;
      this.read.add(path);
    }
    return super._throttle(type, path, timeoutMs);
  }
}

function isHalfSaved(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined || (stats.isFile() && stats.size === 0);
}

function nearestExisting(folder: string): string {
  for (let path = folder; ; path = dirname(path)) {
    if (existsSync(path) || dirname(path) === path) return path;
  }
}
