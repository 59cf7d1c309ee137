// npm run screenshots: writes docs/images/topology-light.png and topology-dark.png, pictures of the page of `micro dev` as it
// shows the playground. It takes Chromium, as the browser tests do.

import "./ts.mjs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./lib/workspaces.mjs";

// Beside the browser tests, because it is checked with the types of a browser as they are.
const script = pathToFileURL(join(root, "devserver/test/page/take-screenshots.ts"));
const { takeScreenshots } = await import(script.href);
await takeScreenshots(join(root, "docs/images"));
