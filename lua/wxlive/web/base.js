// What the pages of wxlive share: words, elements, lists, polling. A page defines `load`, which reads
// its state into `view`, and `draw`, which shows it.
"use strict";
const POLL = 1000, AWAY = 5000, KEPT = 200;
const facts = JSON.parse(document.getElementById("facts").textContent);
const $ = (id) => document.getElementById(id);

// Words -----------------------------------------------------------------------------------------

let lang = document.documentElement.lang === "zh-CN" ? 1 : 0;
try {
  lang = Number(localStorage.getItem("wxlive-language") ?? lang);
} catch { /* storage may be switched off: the header's language stays */ }

// A text of the table, its {0} {1} filled in.
function t(key, ...values) {
  return facts.words[key][lang].replace(/\{(\d)\}/g, (_, i) => values[i]);
}
const word = (table, key) => (table[key] ? table[key][lang] : String(key));
const own = (thing) => (lang ? thing.zh : thing.en);

// Beijing's, as the platform counts its days.
const stamp = (s) => new Date((s + 28800) * 1000).toISOString();
const clock = (s) => stamp(s).slice(11, 19);
const moment = (s) => stamp(s).slice(5, 16).replace("T", " ");

// Elements --------------------------------------------------------------------------------------

// Everything that is shown goes in as text, whatever it holds.
function say(node, text) {
  text = text === undefined || text === null ? "" : String(text);
  if (node.textContent !== text) node.textContent = text;
}

function el(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) say(node, text);
  return node;
}

function add(parent, ...children) {
  parent.append(...children);
  return parent;
}

function button(key, act, label) {
  const node = el("button", "small", t(key));
  node.dataset.act = key;
  if (label) node.setAttribute("aria-label", t("act_on", t(key), label));
  node.addEventListener("click", act);
  return node;
}

function dress(node, className) {
  if (node.className !== className) node.className = className;
}

// Brings a parent's children in line with a list. Nodes of items that stay are kept, and with them
// the focus; when an item's content has changed, its node is made anew.
function list(parent, items, key, make) {
  const wanted = new Map(items.map((item) => [String(key(item)), item]));
  const there = new Map();
  for (const node of [...parent.children]) {
    if (wanted.has(node.dataset.key)) there.set(node.dataset.key, node);
    else lose(node);
  }
  let at = parent.firstElementChild;
  for (const [name, item] of wanted) {
    const shape = JSON.stringify(item) + lang;
    let node = there.get(name);
    if (!node || node.shape !== shape) {
      const fresh = make(item);
      fresh.dataset.key = name;
      fresh.shape = shape;
      fresh.setAttribute("role", "listitem");
      if (node) {
        if (at === node) at = node.nextElementSibling;
        parent.insertBefore(fresh, node);
        refocus(node, fresh);
        node.remove();
      } else parent.insertBefore(fresh, at);
      continue;
    }
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
}

// Who acts by keyboard stays where they were: at the same button, or at the section's heading.
function refocus(node, fresh) {
  const active = document.activeElement;
  if (!node.contains(active)) return;
  const same = fresh && active.dataset.act &&
    fresh.querySelector(`[data-act="${active.dataset.act}"]`);
  const section = node.closest("section");
  (same || section.querySelector("h2")).focus({ preventScroll: true });
}

function lose(node) {
  refocus(node);
  node.remove();
}

let toasted;
function toast(text) {
  say($("toast"), text);
  $("toast").hidden = false;
  clearTimeout(toasted);
  toasted = setTimeout(() => { $("toast").hidden = true; }, 5000);
}

function fill(select, options) {
  const value = select.value;
  select.replaceChildren(...options.map(([name, text]) => {
    const node = el("option", "", text);
    node.value = name;
    return node;
  }));
  if (value) select.value = value;
}

// The server ------------------------------------------------------------------------------------

let view;         // what it said last
let heard = 0;    // when, by performance.now()
let log = [];     // calls, newest first
let appid;        // undefined: the default account
let waiting;      // timer of the next poll
let polling = false, again = false;

async function post(address, body) {
  const answer = await fetch(address, {
    method: "POST", headers: { "Content-Type": "application/json" }, cache: "no-store",
    body: JSON.stringify({ ...body }),
  });
  const result = await answer.json();
  if (!answer.ok) throw new Error(result.error);
  return result;
}
const mine = (body) => (appid ? { ...body, appid } : body);

// Takes the newest calls in, oldest first; those of the first answer are not marked as fresh.
function keep(calls) {
  for (const entry of calls) entry.fresh = view !== undefined;
  log = [...calls.reverse(), ...log].slice(0, KEPT);
}

const linkText = () => t(view.ended ? "ended" : $("link").classList.contains("down") ? "down" : "ok");

async function poll() {
  if (view && view.ended) return; // nothing comes any more; what was shown last stays
  if (polling) {
    again = true;
    return;
  }
  polling = true;
  again = false;
  clearTimeout(waiting);
  try {
    const asked = appid;
    const take = await load();
    if (asked === appid) {
      take();
      heard = performance.now();
      draw();
    }
    $("link").classList.remove("down");
    say($("link"), linkText());
  } catch (problem) {
    if (!(problem instanceof TypeError)) console.error(problem);
    say($("link"), t("down"));
    $("link").classList.add("down");
  }
  polling = false;
  waiting = setTimeout(poll, again ? 0 : document.hidden ? AWAY : POLL);
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });

// Accounts and languages ------------------------------------------------------------------------

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

// Puts every word of the page into the reader's language. `sections` are those of the navigation.
function translate(sections) {
  document.documentElement.lang = lang ? "zh-CN" : "en";
  document.title = t("title");
  for (const node of document.querySelectorAll("[data-t]")) say(node, t(node.dataset.t));
  $("filter").placeholder = t("filter");
  $("filter").setAttribute("aria-label", t("filter"));
  $("span").setAttribute("aria-label", t("span"));
  $("nav").setAttribute("aria-label", t("title"));
  $("language").setAttribute("aria-label", t("other_label"));
  $("nav").replaceChildren(...sections.map((name) => {
    const node = el("a", "", t(name));
    node.href = "#s-" + name;
    node.hidden = $("s-" + name).hidden;
    return node;
  }));
  say($("link"), view ? linkText() : "");
}
$("language").addEventListener("click", () => {
  lang = 1 - lang;
  try {
    localStorage.setItem("wxlive-language", lang);
  } catch { /* it is not remembered */ }
  speak();
});
