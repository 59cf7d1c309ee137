import { isLayoutWorker, serveLayouts } from "./graph/layout-worker.ts";

// The page is one file, so the thread that places the graph runs it as well. It has no document: what needs one is
// evaluated in the page alone.
if (isLayoutWorker) serveLayouts();
else void import("./show-page.tsx").then(({ showPage }) => showPage());
