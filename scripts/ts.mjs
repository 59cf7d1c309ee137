// `node --import ./scripts/ts.mjs x.ts` runs TypeScript, and workspace packages from their sources.
import "../loader/register.js";
