// The page of consent: an administrator chooses the shop and what it grants, and is sent on to
// redirect_uri with the authorization code.
"use strict";
const facts = JSON.parse(document.getElementById("facts").textContent);
const $ = (id) => document.getElementById(id);
const lang = document.documentElement.lang === "zh-CN" ? 1 : 0;
const t = (key) => facts.words[key][lang];

for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
document.title = t("consent_title");
$("who").textContent = facts.component;
$("problem").textContent = facts.problem ? t(facts.problem) : "";
$("consent").hidden = Boolean(facts.problem);
$("sets").setAttribute("aria-label", t("sets"));
$("shop").value = facts.shop;
$("shop").readOnly = facts.pinned;
$("shops").replaceChildren(...facts.shops.map((appid) => {
  const option = document.createElement("option");
  option.value = appid;
  return option;
}));
fillSets($("sets"), facts.sets, lang);

$("consent").addEventListener("submit", async (event) => {
  event.preventDefault();
  $("agree").disabled = true;
  try {
    const answer = await fetch("/_sandbox/consent", {
      method: "POST", headers: { "Content-Type": "application/json" }, cache: "no-store",
      body: JSON.stringify({
        appid: $("shop").value.trim(), sets: tickedSets($("sets")),
        pre_auth_code: facts.pre_auth_code, redirect_uri: facts.redirect_uri,
      }),
    });
    const result = await answer.json();
    if (!answer.ok) throw new Error(result.error);
    location.assign(result.redirect);
  } catch (problem) {
    $("problem").textContent = problem.message;
    $("agree").disabled = false;
  }
});
