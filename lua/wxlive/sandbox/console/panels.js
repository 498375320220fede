// The console's script, last part: how the rest of the state is drawn, and its buttons.

// Goods -----------------------------------------------------------------------------------------

function makePrice(one) {
  const node = el("span", "price", "¥" + (one.price_type === 3 ? one.price2 : one.price));
  if (one.price_type === 2) node.append(" – ¥" + one.price2);
  if (one.price_type === 3) node.append(" ", el("s", "sub", "¥" + one.price));
  return node;
}

function makeGoods(one) {
  const tools = el("div", "tools");
  if (one.status === 1) {
    for (const [key, approve] of [["approve", true], ["reject", false]]) {
      tools.append(button(key, () => act("audit", mine({ goods_id: one.id, approve })), one.name));
    }
  }
  const tone = ["", "tone-wait", "tone-good", "tone-bad"][one.status];
  return add(el("div", "item"),
    add(el("div", "name", one.name), el("small", "", `#${one.id} · ${one.url}`)),
    makePrice(one),
    el("span", "chip " + tone, word(facts.audit, one.status)), tools);
}

function drawGoods() {
  list($("goods"), view.goods, (one) => one.id, makeGoods);
  const by_hand = view.audit_seconds === undefined;
  $("manual").checked = by_hand;
  say($("auditing"), by_hand ? t("by_hand_on") : t("by_hand_off", view.audit_seconds));
  rest("goods", t("no_goods"));
}
$("manual").addEventListener("change", () => {
  act("audit", $("manual").checked ? { manual: true } : { seconds: 1 });
});

// What an empty list says, and one that was cut.
function rest(name, nothing) {
  const count = view.counts[name], more = count - view[name].length;
  say($("e-" + name), count === 0 ? nothing : more ? t("more", more) : "");
}

// Requests --------------------------------------------------------------------------------------

const refused = (entry) => entry.why !== undefined || entry.errcode !== 0 && entry.status !== 200;

function outcome(entry) {
  if (entry.status === undefined) return t("no_answer");
  if (entry.errcode === undefined) return "HTTP " + entry.status;
  return entry.errcode === 0 ? t("fine") : String(entry.errcode);
}

function explain(entry) {
  const box = el("div", "why"), known = entry.explained;
  if (known) {
    const line = add(el("p"), el("b", "", `${entry.errcode} ${known.name}`));
    add(box, add(line, lang ? "：" : ": ", lang ? known.zh : known.en));
  }
  if (entry.why) box.append(el("p", "", entry.why));
  const hint = known && (lang ? known.hint_zh : known.hint_en);
  if (hint) box.append(el("p", "hint", "→ " + hint));
  return box;
}

function makeCall(entry) {
  const bad = refused(entry), node = el("div", "call" + (entry.fresh ? " fresh" : ""));
  const what = add(el("div", "what"), el("span", "", entry.endpoint || entry.path), " ");
  if (entry.fault) what.append(el("span", "tag", entry.fault), " ");
  if (entry.endpoint) what.append(el("span", "sub mono", entry.path));
  if (entry.strangers) what.append(el("span", "sub", t("strangers", entry.strangers)));
  const time = el("span", "sub nums", clock(entry.time));
  time.title = stamp(entry.time).slice(0, 19).replace("T", " ");
  add(node, time, el("span", "sub mono verb", entry.method), what,
    el("span", "chip end " + (bad ? "tone-bad" : "tone-good"), outcome(entry)),
    el("span", "sub nums ms", entry.ms === undefined ? "" : (entry.ms || "<0.1") + " ms"));
  if (bad) node.append(explain(entry));
  return node;
}

function drawLog() {
  const text = $("filter").value.trim().toLowerCase();
  const seen = log.filter((entry) => (!$("refused").checked || refused(entry)) &&
    `${entry.endpoint || ""} ${entry.path} ${entry.errcode}`.toLowerCase().includes(text));
  list($("log"), seen, (entry) => entry.n, makeCall);
  say($("n-log"), log.length || "");
  say($("e-log"), seen.length ? "" : log.length ? t("no_match") : t("no_log", view.base_url));
}
$("filter").addEventListener("input", drawLog);
$("refused").addEventListener("change", drawLog);

// Faults ----------------------------------------------------------------------------------------

const ends = { "*": "any", token: "tokens", component: "component_calls" };

function fill(select, options) {
  const value = select.value;
  select.replaceChildren(...options.map(([name, text]) => {
    const node = el("option", "", text);
    node.value = name;
    return node;
  }));
  if (value) select.value = value;
}

function chooseKind() {
  const kind = facts.kinds.find((one) => one.name === $("kind").value);
  $("l-code").hidden = $("code").disabled = !kind.code;
  $("l-seconds").hidden = $("seconds").disabled = !kind.seconds;
}
$("kind").addEventListener("change", chooseKind);

$("fault").addEventListener("submit", (event) => {
  event.preventDefault();
  const fault = { on: $("on").value, kind: $("kind").value, times: Number($("times").value) };
  if (!$("code").disabled) fault.code = Number($("code").value);
  if (!$("seconds").disabled) fault.seconds = Number($("seconds").value);
  act("fault", fault);
});
$("clear").addEventListener("click", () => act("faults", { clear: true }));

const spent = (one) => one.times !== undefined && one.fired >= one.times;

function makeFault(one) {
  const kind = facts.kinds.find((known) => known.name === one.kind);
  const name = el("div", "", ends[one.on] ? t(ends[one.on]) : one.on);
  name.append(" ", el("span", "tag", one.kind), el("div", "sub", own(kind)));
  const count = one.times === undefined ? t("struck_often", one.fired) :
    t("struck", one.fired, one.times);
  return add(el("div", "item"), name,
    el("span", "chip " + (spent(one) ? "" : "tone-wait"), spent(one) ? t("spent") : count),
    button("remove", () => act("faults", { remove: one.id }), one.kind));
}

function drawFaults() {
  list($("faults"), [...view.faults].reverse(), (one) => one.id, makeFault);
  say($("n-faults"), view.faults.filter((one) => !spent(one)).length || "");
  $("clear").hidden = view.faults.length === 0;
  say($("e-faults"), view.faults.length ? "" : t("no_faults"));
}

// Callbacks -------------------------------------------------------------------------------------

function makeDelivery(one) {
  const words = !one.done ? ["under_way", "tone-wait"] : one.ok ? ["taken", "tone-good"] :
    ["lost", "tone-bad"];
  const name = add(el("div", "", one.event || t("message")),
    el("div", "sub nums", `${moment(one.at)} · ${one.mode}`));
  one.tries.forEach((attempt, i) => {
    name.append(el("div", "sub", [t("try", i + 1), attempt.status && "HTTP " + attempt.status,
      attempt.why || t("answer_" + attempt.answer),
      attempt.seconds && Math.round(attempt.seconds * 1000) + " ms"].filter(Boolean).join(" · ")));
  });
  return add(el("div", "item"), name, el("span", "chip " + words[1], t(words[0])));
}

function drawDeliveries() {
  const { url, mode, entries } = view.deliveries;
  list($("deliveries"), [...entries].reverse(), (one) => one.n, makeDelivery);
  say($("n-deliveries"), entries.length || "");
  say($("target"), url ? t("pushes_to", url, mode) : "");
  say($("e-deliveries"), entries.length ? "" : t(url ? "no_deliveries" : "no_url"));
}

// Quotas ----------------------------------------------------------------------------------------

function makeMeter(one) {
  const part = Math.min(one.used / Math.max(one.limit, 1), 1), node = el("div", "meter");
  const bar = el("i", part >= 1 ? "tone-bad" : part > 0.8 ? "tone-wait" : "");
  const name = one.path ? one.name : t("audit");
  bar.style.setProperty("--part", part * 100 + "%");
  if (one.used) bar.style.setProperty("--least", "3px");
  for (const [key, value] of Object.entries({
    role: "meter", "aria-label": `${name} ${t(one.period)}`, "aria-valuemin": 0,
    "aria-valuenow": Math.min(one.used, one.limit), "aria-valuemax": one.limit,
  })) bar.setAttribute(key, value);
  const label = add(el("span", "", name), " ", el("span", "sub", t(one.period)));
  label.title = one.path || "";
  return add(node, label, el("span", "nums", `${one.used} / ${one.limit}`), bar);
}

function drawQuotas() {
  const key = (one) => one.name + one.period;
  const used = view.quotas.filter((one) => one.used > 0 || one.limit === 0);
  used.sort((a, b) => b.used / b.limit - a.used / a.limit || b.used - a.used);
  const others = view.quotas.filter((one) => !used.includes(one));
  list($("quotas"), used, key, makeMeter);
  list($("unused"), $("rest").open ? others : [], key, makeMeter);
  say($("e-quotas"), used.length ? "" : t("no_quota_used"));
  say($("n-rest"), t("unused", others.length));
}
$("rest").addEventListener("toggle", () => { if (view) drawQuotas(); });

// People ----------------------------------------------------------------------------------------

function makeRole(one) {
  return add(el("div", "item"), add(el("div", "name", one.nickname), el("small", "", one.username)),
    el("span", "sub", one.roles.map((role) => word(facts.roles, role)).join(lang ? "、" : ", ")));
}

function makeFollower(one) {
  const sub = [moment(one.at), one.room_id ? t("at_room", one.room_id) : ""];
  return add(el("div", "item"), add(el("div", "mono", one.openid),
    el("div", "sub nums", sub.filter(Boolean).join(" · "))),
    button("unfollow", () => act("unfollow", mine({ openids: [one.openid] })), one.openid));
}
$("follow").addEventListener("click", () => {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  const name = "oConsole" + [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  const live = view.rooms.find((room) => room.status === 101);
  act("follow", mine({ openids: [name], room_id: live ? live.id : undefined }));
});

// All of it -------------------------------------------------------------------------------------

function drawAccounts() {
  $("accounts").hidden = view.appids.length < 2;
  if ($("account").children.length !== view.appids.length) {
    fill($("account"), view.appids.map((name) => [name, name]));
    $("account").value = view.appid;
  }
}
$("account").addEventListener("change", () => {
  appid = $("account").value;
  poll();
});

function draw() {
  drawAccounts();
  drawTime();
  say($("where"), view.base_url);
  say($("who"), view.appid);
  say($("pace"), t(view.frozen ? "frozen" : "running"));
  say($("freeze"), t(view.frozen ? "unfreeze" : "freeze"));
  if (!$("moment").value) $("moment").value = stamp(view.now).slice(0, 19);
  for (const [name, count] of Object.entries(view.counts)) say($("n-" + name), count || "");
  drawRooms();
  drawGoods();
  drawLog();
  drawFaults();
  drawDeliveries();
  drawComponent();
  drawQuotas();
  list($("roles"), view.roles, (one) => one.username, makeRole);
  rest("roles", t("no_roles"));
  list($("followers"), view.followers, (one) => one.openid, makeFollower);
  rest("followers", t("no_followers"));
}

function speak() {
  document.documentElement.lang = lang ? "zh-CN" : "en";
  document.title = t("title");
  for (const node of document.querySelectorAll("[data-t]")) say(node, t(node.dataset.t));
  $("filter").placeholder = t("filter");
  $("filter").setAttribute("aria-label", t("filter"));
  $("span").setAttribute("aria-label", t("span"));
  $("nav").setAttribute("aria-label", t("title"));
  $("language").setAttribute("aria-label", t("other_label"));
  const sections = ["rooms", "goods", "faults", "log", "deliveries", "component", "quotas", "roles",
    "followers"];
  $("nav").replaceChildren(...sections.map((name) => {
    const node = el("a", "", t(name));
    node.href = "#s-" + name;
    node.hidden = $("s-" + name).hidden;
    return node;
  }));
  say($("link"), view ? t($("link").classList.contains("down") ? "down" : "ok") : "");
  $("sets").setAttribute("aria-label", t("sets"));
  fill($("on"), [["*", t("any")], ["token", t("tokens")], ["component", t("component_calls")],
    ...facts.endpoints.map((one) => [one.name, `${one.name} — ${own(one)}`])]);
  const chosen = $("kind").value || "errcode_before";
  fill($("kind"), facts.kinds.map((one) => [one.name, `${one.name} — ${own(one)}`]));
  $("kind").value = chosen;
  chooseKind();
  calm();
  if (view) draw();
}
$("language").addEventListener("click", () => {
  lang = 1 - lang;
  try {
    localStorage.setItem("wxlive-language", lang);
  } catch { /* it is not remembered */ }
  speak();
});

speak();
poll();
