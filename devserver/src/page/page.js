// The plain page of `micro dev`: tables of what the live stream tells. Everything that is shown comes from services
// and registries, so it becomes text and never markup.

const tokenKey = "micro.token";
const maxRows = 200;
const maxKept = 500;

const state = emptyState();
let socket;
let lastSeq = 0;
let lastId = 0;
let isDue = false;
const waiting = new Map();

const token = takeToken();
document.getElementById("reload").addEventListener("click", () => void ask({ type: "reload" }));
document
  .getElementById("capture")
  .addEventListener("change", ({ target }) => void ask({ type: "capture", on: target.checked }));
if (token === "") say("This address has no token: open the one that micro dev prints.", true);
else connect();

/** The token stands in the fragment, which is sent nowhere; kept for this tab, it goes from the address bar. */
function takeToken() {
  const fragment = location.hash.slice(1);
  if (/^[\w-]{22}$/.test(fragment)) {
    sessionStorage.setItem(tokenKey, fragment);
    history.replaceState(null, "", "/");
  }
  return sessionStorage.getItem(tokenKey) ?? "";
}

function connect() {
  socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/live`, [
    "micro.dev.1",
    `token.${token}`,
  ]);
  let wasOpen = false;
  socket.addEventListener("open", () => {
    wasOpen = true;
    say("Connected", false);
  });
  socket.addEventListener("message", ({ data }) => take(JSON.parse(data)));
  socket.addEventListener("close", () => {
    for (const { reject } of waiting.values()) reject(new Error("the connection ended"));
    waiting.clear();
    const why = wasOpen
      ? "The connection ended"
      : "micro dev does not answer, or was started anew: use the address it prints";
    say(`${why}. Trying again …`, true);
    setTimeout(connect, 2000);
  });
}

function take(frame) {
  if (frame.type === "snapshot") Object.assign(state, emptyState());
  if (frame.type === "snapshot" || frame.type === "delta") {
    if (frame.type === "delta" && frame.seq !== lastSeq + 1) socket.send(JSON.stringify({ type: "resync" }));
    lastSeq = frame.seq;
    apply(frame);
    drawSoon();
  } else if (frame.type === "reply") {
    const { resolve, reject } = waiting.get(frame.id) ?? {};
    waiting.delete(frame.id);
    if (frame.ok) resolve?.(frame.value);
    else (reject ?? console.warn)(new Error(frame.error.detail));
  }
}

function emptyState() {
  return { services: new Map(), edges: new Map(), events: [], calls: [], project: [], status: undefined };
}

function apply(change) {
  for (const service of change.services ?? []) state.services.set(service.name, service);
  for (const name of change.removedServices ?? []) state.services.delete(name);
  for (const edge of change.edges ?? []) state.edges.set(edge.id, edge);
  for (const figures of change.figures ?? []) Object.assign(state.edges.get(figures.id) ?? {}, figures);
  for (const id of change.removedEdges ?? []) state.edges.delete(id);
  state.events = [...state.events, ...(change.events ?? [])].slice(-maxKept);
  state.calls = [...state.calls, ...(change.calls ?? [])].slice(-maxKept);
  state.project = change.project ?? state.project;
  state.status = change.status ?? state.status;
}

async function ask(request) {
  const id = ++lastId;
  try {
    return await new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      socket.send(JSON.stringify({ ...request, id }));
    });
  } catch (error) {
    say(error.message, true);
    return undefined;
  }
}

function drawSoon() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    draw();
  });
}

function draw() {
  const own = new Map(state.project.map((service) => [service.name, service]));
  const names = new Set([...own.keys(), ...state.services.keys()]);
  document.getElementById("capture").checked = state.status?.capturing ?? false;
  drawTable(
    "services",
    "Services",
    ["Name", "Health", "Versions", "Instances", "Swaps", "Failure", "File"],
    [...names].sort().map((name) => {
      const seen = state.services.get(name);
      const run = own.get(name);
      const up = seen?.nodes.filter(({ health }) => health === "up").length ?? 0;
      return [
        name,
        tone(seen?.health ?? "not registered", seen?.health === "up" ? "good" : "bad"),
        seen?.versions.join(", ") ?? run?.version,
        up,
        run?.revision ?? "",
        tone(run?.failure ?? "", "bad"),
        run === undefined
          ? ""
          : button(run.file, `Open ${run.file} in the editor`, () => ask({ type: "edit", file: run.file })),
      ];
    }),
  );
  drawTable(
    "instances",
    "Instances",
    ["Service", "Version", "Address", "Health", "Id", "Metadata"],
    [...state.services.values()].flatMap(({ name, nodes }) =>
      nodes.map(({ id, version, address, health, metadata }) => [
        ...[name, version, address, tone(health, health === "up" ? "good" : "bad"), id],
        Object.entries(metadata)
          .map((pair) => pair.join("="))
          .join(" "),
      ]),
    ),
  );
  drawTable(
    "edges",
    "Edges",
    [
      "From",
      "To",
      "Method",
      "Calls",
      "Errors",
      "Items",
      "Per second, 10 s",
      "p50 ms",
      "p95 ms",
      "Per second, 1 m",
      "p95 ms, 5 m",
    ],
    [...state.edges.values()]
      .sort((one, other) => other.lastAt - one.lastAt)
      .map((edge) => [
        ...[edge.caller, edge.callee, edge.kind === "call" ? edge.method : edge.kind, edge.calls],
        tone(edge.errors, edge.errors > 0 ? "bad" : ""),
        ...[edge.items, edge.windows["10s"].rate, edge.windows["10s"].p50Ms, edge.windows["10s"].p95Ms],
        ...[edge.windows["1m"].rate, edge.windows["5m"].p95Ms],
      ]),
  );
  drawTable(
    "events",
    "Events",
    ["Time", "What", "Service", "Text"],
    state.events
      .toReversed()
      .map((event) => [
        timeOf(event.at),
        tone(event.type, event.type === "failed" || event.type === "blocked" ? "bad" : ""),
        event.service ?? "",
        preformatted(textOf(event)),
      ]),
  );
  drawTable(
    "calls",
    "Calls",
    ["Time", "From", "To", "Method", "ms", "Status", "Items", ""],
    state.calls
      .toReversed()
      .map((call) => [
        ...[
          timeOf(call.startedAt),
          call.caller,
          call.service,
          call.kind === "call" ? call.method : `${call.method} (${call.kind})`,
          call.ms,
        ],
        tone(call.error === undefined ? call.code : `${call.code} ${call.error}`, call.code === 200 ? "" : "bad"),
        call.kind === "stream" ? `${call.sent} → ${call.received} ←` : "",
        button("Details", `Details of the call of ${call.method}`, () => showDetail(call.id), call.id),
      ]),
  );
}

function textOf(event) {
  switch (event.type) {
    case "swapped":
      return `revision ${event.revision} in ${Math.round(event.totalMs)} ms: ${event.files.join(", ")}`;
    case "failed":
      return [event.message, event.frame?.excerpt].filter(Boolean).join("\n");
    case "log":
      return `${event.level}: ${event.text}`;
    case "types":
      return event.problems.map(({ file, line, message }) => `${file}:${line} ${message}`).join("\n");
    default:
      return event.reason ?? event.file ?? "";
  }
}

async function showDetail(call) {
  const detail = await ask({ type: "detail", call });
  if (detail === undefined) return;
  const rows = Object.entries(detail).map(([name, value]) => [
    name,
    preformatted(typeof value?.text === "string" ? value.text + (value.isCut ? " …" : "") : JSON.stringify(value)),
  ]);
  rows.push([
    "",
    button("Call again", "Call again with the same request", async () => {
      const answer = await ask({ type: "replay", call });
      if (answer !== undefined) say(`Answer: ${answer.text}`, false);
    }),
  ]);
  drawTable("detail", "The chosen call", ["What", "Value"], rows);
  document.getElementById("detail").focus();
}

/** Puts a table in place of the one before; whatever had the focus keeps it. */
function drawTable(id, title, columns, rows) {
  const section = document.getElementById(id);
  const focused = [...section.querySelectorAll("button")].indexOf(document.activeElement);
  const label = focused < 0 ? undefined : document.activeElement.dataset.key;
  const table = element("table");
  table.append(
    element("caption", rows.length > maxRows ? `${title}: ${maxRows} of ${rows.length}` : `${title}: ${rows.length}`),
  );
  const head = table.createTHead().insertRow();
  for (const column of columns) {
    const cell = element("th", column);
    cell.scope = "col";
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of rows.slice(0, maxRows)) {
    const line = body.insertRow();
    for (const value of row) addCell(line, value);
  }
  section.replaceChildren(table);
  if (label !== undefined)
    [...section.querySelectorAll("button")].find(({ dataset }) => dataset.key === label)?.focus();
}

function addCell(row, value) {
  const cell = row.insertCell();
  if (typeof value === "number") cell.className = "number";
  if (value instanceof Node) cell.append(value);
  else cell.textContent = String(value ?? "");
}

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function tone(text, className) {
  const made = element("span", String(text));
  made.className = className;
  return made;
}

function preformatted(text) {
  return element("pre", text);
}

function button(text, label, onClick, key = label) {
  const made = element("button", text);
  made.type = "button";
  made.ariaLabel = label;
  made.dataset.key = `${key} ${text}`;
  made.addEventListener("click", onClick);
  return made;
}

function timeOf(at) {
  return new Date(at).toLocaleTimeString();
}

function say(text, isBad) {
  const line = document.getElementById("state");
  line.textContent = text;
  line.className = isBad ? "bad" : "";
}
