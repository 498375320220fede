// The desk's script, last part: goods, what happened, audits, quotas; and all of it.

// Rooms -----------------------------------------------------------------------------------------

span = "72";

function choose(id) {
  room = id;
  view.goods = [];
  draw();
  poll();
}
$("room").addEventListener("change", () => choose($("room").value));

function roomTools(one) {
  const node = button("show_goods", () => {
    choose(one.id);
    $("h-goods").focus();
  }, one.name);
  return [node];
}

// The room that a reader most likely looks for: the show's, a live one, the next one.
function likely() {
  const live = view.rooms.find((one) => one.status === 101 || one.status === 105);
  const next = view.rooms.find((one) => one.status === 102);
  return view.shows[0] ? view.shows[0].room_id : (live || next || view.rooms.at(-1) || {}).id;
}

function drawChoice() {
  const rooms = new Map(view.rooms.map((one) => [one.id, one.name]));
  for (const show of view.shows) {
    if (show.appid === view.appid) rooms.set(show.room_id, show.name);
  }
  if (room !== undefined && !rooms.has(room)) room = undefined;
  if (room === undefined && rooms.size) {
    room = likely();
    if (room !== undefined) poll();
  }
  const options = [...rooms].reverse().map(([id, name]) => [id, `${name} #${id}`]);
  const shape = JSON.stringify(options);
  if ($("room").shape !== shape) {
    fill($("room"), options);
    $("room").shape = shape;
  }
  if (room !== undefined) $("room").value = room;
}

// Goods -----------------------------------------------------------------------------------------

const auditTones = ["", "tone-wait", "tone-good", "tone-bad"];

function makeGoods(one) {
  const key = "push " + one.id;
  const send = asking(el("button", "small"), key, "push", () => ({
    body: { op: "push", room_id: room, goods_id: one.id }, what: labelOf({
      action: "push", goods_id: one.id }),
  }));
  send.setAttribute("aria-label", t("act_on", send.textContent, one.name));
  const shown = el("span", "sub nums", one.shown === undefined ? "" :
    one.newest ? t("newest_card", clock(one.shown)) :
      one.times > 1 ? t("pushed_often", one.times, clock(one.shown)) : t("pushed_at", clock(one.shown)));
  return add(el("div", "item" + (one.newest ? " newest" : "")),
    add(el("div", "name", one.name), el("small", "", `#${one.id} · ${one.url || ""}`)), shown,
    one.status === undefined ? el("span") :
      el("span", "chip " + auditTones[one.status], word(facts.audit, one.status)),
    add(el("div", "tools"), send));
}

// The cards that were shown in the room: when, how often, and which is the newest.
function shownCards() {
  const shown = new Map();
  let newest;
  for (const one of events) {
    if (one.name !== "cue" || one.action !== "push" || one.state !== "done" ||
      one.room_id !== room || !one.goods_id) continue;
    const before = shown.get(one.goods_id);
    if (before) before.times += 1;
    else shown.set(one.goods_id, { shown: one.time, times: 1 });
    newest ??= one.goods_id;
  }
  return [shown, newest];
}

function drawGoods() {
  const [shown, newest] = shownCards();
  list($("goods"), view.room_id === room ? view.goods.map((one) => ({
    ...one, ...shown.get(one.id), newest: one.id === newest, busy: pending.has("push " + one.id),
  })) : [], (one) => one.id, makeGoods);
  say($("n-goods"), view.goods.length || "");
  say($("e-goods"), room === undefined ? t("no_room") : view.goods.length ? "" :
    view.rooms_at === undefined || view.room_id !== room ? t("reading") : t("no_goods"));
}

// What happened ---------------------------------------------------------------------------------

const stateTones = { done: "good", failed: "bad", unknown: "bad", late: "wait", missed: "wait" };

const told = {
  begun: (one) => t(one.resumed ? "event_resumed" : one.supposed ? "event_supposed" :
    "event_begun"),
  held: (one) => t(one.by === "room" ? "event_held_room" : "event_held"),
  released: (one) => t("event_released", Math.round(one.seconds)),
  shifted: (one) => t("event_shifted", Math.round(one.seconds), Math.round(one.shift)),
  extended: (one) => t(one.before ? "event_extended" : "event_still_live", clock(one.end_time)),
  edited: (one) => t("event_edited", one.added, one.removed, one.changed),
  over: (one) => `${t("event_over")}: ${word(facts.room, one.live_status)}`,
  cue: labelOf,
};

function makeEvent(one) {
  const text = told[one.name] ? told[one.name](one) : t("event_" + one.name);
  const late = one.lateness >= 1 ? t("behind", Math.round(one.lateness)) : "";
  const note = one.action === "note" ? "" : one.note;
  const detail = [view.shows.length > 1 || !view.shows.length ? one.room : "",
    one.line ? t("line", one.line) : "", one.by_hand ? t("by_hand") : "", late, note];
  const node = add(el("div", "event"), el("span", "sub nums", clock(one.time)),
    add(el("div", "name", text), el("small", "", detail.filter(Boolean).join(" · "))));
  if (one.state) {
    node.append(el("span", "chip tone-" + stateTones[one.state], t("state_" + one.state)));
  }
  if (one.error) node.append(explain({ errcode: one.error.code, explained: one.error }));
  return node;
}

function drawEvents() {
  const seen = events.filter((one) => one.name !== "waiting");
  list($("done"), seen, (one) => one.n, makeEvent);
  say($("e-done"), seen.length ? "" : t("nothing_done"));
}

// Audits ----------------------------------------------------------------------------------------

function makeAudit(one) {
  const node = add(el("div", "item"),
    add(el("div", "name", one.name), el("small", "", `#${one.id} · ${one.url || ""}`)),
    el("span", "chip " + auditTones[one.status], word(facts.audit, one.status)));
  if (one.reason) node.append(el("p", "why", one.reason));
  return node;
}

function drawAudits() {
  const order = [...view.audits].sort((a, b) => b.status - a.status);
  list($("audits"), order, (one) => one.id, makeAudit);
  say($("n-audits"), order.length || "");
  say($("e-audits"), order.some((one) => one.status === 3 && !one.reason) ? t("no_reason") :
    order.length ? "" : t(view.audits_at ? "all_approved" : "reading"));
}

// All of it -------------------------------------------------------------------------------------

function drawFailures() {
  for (const name of ["rooms", "audits", "quotas"]) {
    const error = view.failures && view.failures[name];
    list($("f-" + name), error ? [error] : [], () => name,
      (one) => explain({ errcode: one.code, explained: one }));
  }
}

asking($("refresh"), "refresh", "refresh", () => ({ body: { op: "refresh" }, what: t("refresh") }));
asking($("seed"), "seed", "seed", () => ({ body: { op: "quotas" }, what: t("seed") }));

function draw() {
  if (!view) return;
  drawAccounts();
  say($("where"), view.base_url.replace(/^https?:\/\//, ""));
  say($("who"), view.appid);
  drawChoice();
  drawShows();
  say($("n-rooms"), view.rooms.length || "");
  view.counts = { rooms: view.rooms.length };
  drawRooms();
  if (view.rooms_at === undefined) say($("e-rooms"), t("reading"));
  drawGoods();
  drawLog();
  drawEvents();
  drawAudits();
  drawQuotas();
  drawFailures();
  for (const node of [$("refresh"), $("seed")]) node.settle();
}

function speak() {
  translate(["show", "rooms", "goods", "done", "audits", "quotas", "log"]);
  draw();
}

speak();
poll();
