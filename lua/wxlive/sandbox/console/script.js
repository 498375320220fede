// The console's script, first part: words, elements, what is asked and what the page reports. The other
// parts are timeline.js and panels.js.
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

// The sandbox -----------------------------------------------------------------------------------

let view;         // what it said last
let heard = 0;    // when, by performance.now()
let log = [];     // newest first
let appid;        // undefined: the default account
let waiting;      // timer of the next poll
let polling = false, again = false;

async function tell(op, body) {
  const answer = await fetch("/_sandbox/" + op, {
    method: "POST", headers: { "Content-Type": "application/json" }, cache: "no-store",
    body: JSON.stringify({ ...body }),
  });
  const result = await answer.json();
  if (!answer.ok) throw new Error(result.error);
  return result;
}

// An action: sends it, and shows the result.
async function act(op, body) {
  try {
    await tell(op, body);
  } catch (problem) {
    toast(problem.message);
  }
  poll();
}
const mine = (body) => (appid ? { ...body, appid } : body);

function take(answer) {
  if (view && answer.run !== view.run) log = [];
  const fresh = answer.log.reverse();
  for (const entry of fresh) entry.fresh = view !== undefined;
  log = [...fresh, ...log].slice(0, KEPT);
  view = answer;
  heard = performance.now();
}

async function poll() {
  if (polling) {
    again = true;
    return;
  }
  polling = true;
  again = false;
  clearTimeout(waiting);
  try {
    const known = view ? { after: view.last, run: view.run } : {};
    const asked = appid;
    const answer = await tell("console", mine(known));
    if (asked === appid) {
      take(answer);
      draw();
    }
    say($("link"), t("ok"));
    $("link").classList.remove("down");
  } catch (problem) {
    if (!(problem instanceof TypeError)) console.error(problem);
    say($("link"), t("down"));
    $("link").classList.add("down");
  }
  polling = false;
  waiting = setTimeout(poll, again ? 0 : document.hidden ? AWAY : POLL);
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
