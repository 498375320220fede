// The console's script, last part: how the rest of the state is drawn, and its buttons.

// Goods -----------------------------------------------------------------------------------------

// What an empty list says, and one that was cut.
function rest(name, nothing) {
  const count = view.counts[name], more = count - view[name].length;
  say($("e-" + name), count === 0 ? nothing : more ? t("more", more) : "");
}

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

// Faults ----------------------------------------------------------------------------------------

const ends = { "*": "any", token: "tokens", component: "component_calls" };

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
  translate(["rooms", "goods", "faults", "log", "deliveries", "component", "quotas", "roles",
    "followers"]);
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

speak();
poll();
