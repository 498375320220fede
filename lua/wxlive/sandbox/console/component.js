// Third-party platform ---------------------------------------------------------------------------

function makeConsent(one) {
  const living = one.lost === undefined;
  const names = one.sets.map((id) => setName(facts.sets.find((set) => set.id === id) ||
    { id, en: "", zh: "" }, lang));
  const tools = el("div", "tools");
  if (living) {
    tools.append(button("change", () => {
      $("shop").value = one.appid;
      fillSets($("sets"), componentSets(), lang, one.sets);
      $("shop").focus();
    }, one.appid), button("withdraw", () => act("withdraw", { appid: one.appid }), one.appid));
  }
  const state = living ? "granted" : one.lost === "password" ? "lost_password" : "withdrawn";
  return add(el("div", "item"), add(el("div", "name", one.nick_name || ""),
    el("small", "mono", one.appid), el("small", "", names.join(lang ? "、" : ", "))),
    el("span", "chip " + (living ? "tone-good" : "tone-bad"), t(state)), tools);
}

function componentSets() {
  return view.component.sets.map((id) => facts.sets.find((set) => set.id === id) ||
    { id, en: "", zh: "" });
}

let shownSets;
function drawComponent() {
  const component = view.component;
  $("s-component").hidden = !component;
  $("nav").querySelector("[href='#s-component']").hidden = !component;
  if (!component) return;
  const shape = JSON.stringify(component.sets) + lang;
  if (shownSets !== shape) fillSets($("sets"), componentSets(), lang);
  shownSets = shape;
  say($("component"), component.url ? t("tickets_to", component.ticket_seconds, component.url) :
    t("no_ticket_url"));
  list($("consents"), view.consents, (one) => one.appid, makeConsent);
  rest("consents", t("no_consents"));
}

$("consent").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { appid: $("shop").value.trim(), sets: tickedSets($("sets")) };
  if ($("redirect").value) body.redirect_uri = $("redirect").value;
  try {
    const answer = await tell("consent", body);
    if (answer.redirect) location.assign(answer.redirect);
  } catch (problem) {
    toast(problem.message);
  }
  poll();
});
$("ticket").addEventListener("click", () => act("ticket", {}));
