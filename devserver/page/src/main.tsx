import { render } from "preact";
import { App } from "./app.tsx";
import { Connection } from "./live/connection.ts";
import { LiveState } from "./live/live-state.ts";
import { takeToken } from "./live/token.ts";
import { PageProvider } from "./page-context.ts";
import { Place } from "./place.ts";
import { adoptStyles } from "./style/index.ts";
import { Past } from "./timeline/past.ts";
import { startClock } from "./ui/clock.ts";
import { restoreTheme } from "./ui/theme.ts";

adoptStyles();
restoreTheme();
startClock();
const state = new LiveState();
const connection = new Connection(state, takeToken());
const page = { state, connection, place: new Place(), past: new Past(connection) };
render(
  <PageProvider value={page}>
    <App />
  </PageProvider>,
  document.body,
);
