import * as nodeModule from "node:module";

// Node 22.15 has hooks that run in the thread they serve, and later versions warn about the ones that Node 20 has.
const { registerHooks } = /** @type {{ registerHooks?: (hooks: object) => void }} */ (nodeModule);

if (registerHooks === undefined) nodeModule.register("./hooks.js", import.meta.url);
else registerHooks(await import("./hooks.js"));
