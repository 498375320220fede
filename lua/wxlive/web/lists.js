// What the pages show alike: the log of calls with hints, quotas.

// Requests --------------------------------------------------------------------------------------

const refused = (entry) => entry.failed || entry.why !== undefined ||
  entry.errcode !== 0 && entry.status !== 200;

function outcome(entry) {
  if (entry.status === undefined) return t("no_answer");
  if (entry.errcode === undefined) return "HTTP " + entry.status;
  return entry.errcode === 0 ? t("fine") : String(entry.errcode);
}

function explain(entry) {
  const box = el("div", "why"), known = entry.explained;
  if (known) {
    const line = add(el("p"), el("b", "", `${entry.errcode ?? ""} ${known.name}`.trim()));
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
