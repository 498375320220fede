-- Made by scripts/dev/generate from the files beside it; do not edit by hand.
return {
  html = [==[
<!DOCTYPE html>
<html lang="@lang@">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>wxlive sandbox</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'
 viewBox='0 0 8 8'%3E%3Crect width='8' height='8' rx='2' fill='%230b7a4b'/%3E%3Cpath
 d='M3 2.2v3.6L6 4z' fill='white'/%3E%3C/svg%3E">
<style nonce="@nonce@">@style@</style>
</head>
<body>
<a class="skip" href="#main" data-t="skip"></a>
<header>
  <h1 data-t="title"></h1>
  <span id="link" class="link" role="status"></span>
  <code id="where"></code>
  <code id="who"></code>
  <span class="gap"></span>
  <label id="accounts" hidden><span data-t="account"></span> <select id="account"></select></label>
  <button id="reset" class="danger"></button>
  <button id="language" class="quiet" data-t="other"></button>
</header>
<nav id="nav"></nav>
<noscript><p class="card">This page needs JavaScript. 此页面需要启用 JavaScript。</p></noscript>
<main id="main" tabindex="-1">
<section class="card clock" id="s-clock" aria-labelledby="h-clock">
  <h2 id="h-clock" class="unseen" data-t="clock"></h2>
  <div class="face">
    <time id="time"></time>
    <span><span data-t="beijing"></span> · <span id="pace"></span></span>
  </div>
  <div class="tools" id="advance"></div>
  <form class="tools" id="set">
    <label><span data-t="set_to"></span>
      <input type="datetime-local" id="moment" step="1" required></label>
    <button data-t="set"></button>
  </form>
  <div class="tools">
    <button id="freeze"></button>
    <button id="real" data-t="real"></button>
  </div>
</section>

<section class="card" id="s-rooms" aria-labelledby="h-rooms">
  <div class="head">
    <h2 id="h-rooms" tabindex="-1"><span data-t="rooms"></span> <span id="n-rooms"></span></h2>
    <div class="switch" id="span" role="group"></div>
  </div>
  <div id="chart">
    <div class="row axis" aria-hidden="true"><span></span><div class="track" id="axis"></div></div>
    <div id="rooms" role="list"></div>
  </div>
  <p class="note" id="e-rooms"></p>
</section>

<div class="columns">
<div>
<section class="card" id="s-goods" aria-labelledby="h-goods">
  <div class="head">
    <h2 id="h-goods" tabindex="-1"><span data-t="goods"></span> <span id="n-goods"></span></h2>
    <label class="check"><input type="checkbox" id="manual"> <span data-t="by_hand"></span></label>
  </div>
  <p class="note" id="auditing"></p>
  <div id="goods" class="rows tall" role="list"></div>
  <p class="note" id="e-goods"></p>
</section>

<section class="card" id="s-log" aria-labelledby="h-log">
  <div class="head">
    <h2 id="h-log" tabindex="-1"><span data-t="log"></span> <span id="n-log"></span></h2>
    <label class="check"><input type="checkbox" id="refused">
      <span data-t="only_refused"></span></label>
    <input type="search" id="filter" data-hint="filter" autocomplete="off" spellcheck="false">
  </div>
  <div id="log" class="rows tall" role="list"></div>
  <p class="note" id="e-log"></p>
</section>

<section class="card" id="s-roles" aria-labelledby="h-roles">
  <div class="head">
    <h2 id="h-roles"><span data-t="roles"></span> <span id="n-roles"></span></h2>
  </div>
  <div id="roles" class="rows tall" role="list"></div>
  <p class="note" id="e-roles"></p>
</section>
</div>

<div>
<section class="card" id="s-faults" aria-labelledby="h-faults">
  <div class="head">
    <h2 id="h-faults" tabindex="-1">
      <span data-t="faults"></span> <span id="n-faults"></span></h2>
    <button id="clear" class="quiet" data-t="clear" hidden></button>
  </div>
  <form id="fault" class="fields">
    <label><span data-t="fault_on"></span> <select id="on"></select></label>
    <label><span data-t="kind"></span> <select id="kind"></select></label>
    <div class="tools">
      <label><span data-t="times"></span>
        <input id="times" type="number" min="1" max="999" value="1" required></label>
      <label id="l-code"><span data-t="code"></span>
        <input id="code" type="number" value="-1" required></label>
      <label id="l-seconds"><span data-t="seconds"></span>
        <input id="seconds" type="number" min="0" max="600" step="any" value="2" required></label>
      <button class="main" data-t="switch_on"></button>
    </div>
  </form>
  <div id="faults" class="rows" role="list"></div>
  <p class="note" id="e-faults"></p>
</section>

<section class="card" id="s-deliveries" aria-labelledby="h-deliveries">
  <div class="head">
    <h2 id="h-deliveries"><span data-t="deliveries"></span> <span id="n-deliveries"></span></h2>
  </div>
  <p class="note" id="target"></p>
  <div id="deliveries" class="rows tall" role="list"></div>
  <p class="note" id="e-deliveries"></p>
</section>

<section class="card" id="s-component" aria-labelledby="h-component" hidden>
  <div class="head">
    <h2 id="h-component" tabindex="-1">
      <span data-t="component"></span> <span id="n-consents"></span></h2>
    <button id="ticket" data-t="push_ticket"></button>
  </div>
  <p class="note" id="component"></p>
  <form id="consent" class="fields">
    <label><span data-t="shop"></span>
      <input id="shop" required autocomplete="off" spellcheck="false"></label>
    <label><span data-t="redirect"></span> <input id="redirect" type="url"></label>
    <div class="boxes" id="sets" role="group"></div>
    <div class="tools"><button class="main" data-t="agree"></button></div>
  </form>
  <div id="consents" class="rows tall" role="list"></div>
  <p class="note" id="e-consents"></p>
</section>

<section class="card" id="s-quotas" aria-labelledby="h-quotas">
  <div class="head"><h2 id="h-quotas" data-t="quotas"></h2></div>
  <div id="quotas" role="list"></div>
  <p class="note" id="e-quotas"></p>
  <details id="rest"><summary id="n-rest"></summary><div id="unused" role="list"></div></details>
</section>

<section class="card" id="s-followers" aria-labelledby="h-followers">
  <div class="head">
    <h2 id="h-followers" tabindex="-1">
      <span data-t="followers"></span> <span id="n-followers"></span></h2>
    <button id="follow" data-t="follow"></button>
  </div>
  <div id="followers" class="rows tall" role="list"></div>
  <p class="note" id="e-followers"></p>
</section>
</div>
</div>
</main>
<div id="toast" role="alert" hidden></div>
<script type="application/json" id="facts">@facts@</script>
<script nonce="@nonce@">@script@</script>
</body>
</html>
]==],
  css = [==[
/* The console's looks: system fonts, light and dark as the reader has it, down to a phone's width. */
:root {
  --paper: #f4f5f3; --card: #fff; --ink: #1d2321; --soft: #5c6763; --line: #e1e5e2;
  --hover: #f0f3f1; --accent: #0b7a4b; --on-accent: #fff; --tint: #e4f3eb;
  --live: #d6336c; --waiting: #2f6fd0; --ended: #8a948f; --paused: #a96a00; --bad: #c2362b;
  --bad-tint: #fcecea; --note-tint: #f6f1e4; --shade: 0 1px 2px #1d232112, 0 4px 14px #1d23210a;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131716; --card: #1b201e; --ink: #e5eae7; --soft: #9aa6a1; --line: #2d3532;
    --hover: #242b28; --accent: #4cc38a; --on-accent: #06291a; --tint: #16352a;
    --live: #f06595; --waiting: #74a7f5; --ended: #7f8a85; --paused: #e0a33a; --bad: #ff8177;
    --bad-tint: #3a2220; --note-tint: #2d2a20; --shade: none;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-padding-top: 6.5rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink); accent-color: var(--accent);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei",
    "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif;
}
code, .mono { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
h1 { font-size: 1.05rem; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 1rem; margin: 0; outline: none; }
h2 span + span { color: var(--soft); font-weight: 400; font-variant-numeric: tabular-nums; }
p { margin: 0; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .6rem; z-index: 9; background: var(--card); padding: .3rem .8rem; }
.gap { flex: 1; }
.note { color: var(--soft); font-size: .9rem; }
.note:empty { display: none; }
.nums { font-variant-numeric: tabular-nums; }

header {
  display: flex; align-items: center; gap: .5rem .9rem; flex-wrap: wrap; position: relative;
  padding: .8rem clamp(.8rem, 3vw, 2rem) .3rem; max-width: 1500px; margin: auto;
}
header code { color: var(--soft); }
.link { font-size: .85rem; color: var(--soft); display: inline-flex; align-items: center; }
.link::before {
  content: ""; width: .55em; height: .55em; border-radius: 50%; background: var(--accent);
  margin-right: .45em;
}
.link.down { color: var(--bad); }
.link.down::before { background: var(--bad); }
nav {
  position: sticky; top: 0; z-index: 5; background: var(--paper); display: flex; gap: .25rem;
  overflow-x: auto; padding: .35rem clamp(.8rem, 3vw, 2rem); max-width: 1500px; margin: auto;
  scrollbar-width: none;
}
nav a {
  color: var(--soft); text-decoration: none; white-space: nowrap; padding: .2rem .6rem;
  border-radius: 99px; font-size: .9rem;
}
nav a:first-child { margin-left: -.6rem; }
nav a:hover { background: var(--line); color: var(--ink); }
nav a:focus-visible { outline-offset: -2px; }
main {
  padding: .4rem clamp(.8rem, 3vw, 2rem) 3rem; max-width: 1500px; margin: auto; outline: none;
}
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: 14px;
  padding: 1rem 1.1rem; margin-bottom: 1rem; box-shadow: var(--shade);
}
.columns { display: grid; grid-template-columns: minmax(0, 1.55fr) minmax(0, 1fr); gap: 0 1rem; }
.head { display: flex; align-items: center; gap: .4rem 1rem; flex-wrap: wrap; min-height: 2.1rem;
  margin-bottom: .5rem; }
.head h2 { margin-right: auto; }
.tools { display: flex; gap: .45rem; flex-wrap: wrap; align-items: end; }

button, input, select {
  font: inherit; font-size: .9rem; color: inherit; background: var(--card); min-height: 2.1rem;
  border: 1px solid var(--line); border-radius: 8px; padding: .25rem .7rem; max-width: 100%;
}
button { cursor: pointer; white-space: nowrap; }
button:hover { background: var(--hover); }
button:disabled { opacity: .5; cursor: default; }
button.quiet { border-color: transparent; background: none; color: var(--soft); }
button.quiet:hover { background: var(--hover); color: var(--ink); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.main:hover { filter: brightness(1.08); }
button.danger:hover, button.sure { color: var(--bad); border-color: var(--bad); }
button.small { min-height: 1.8rem; padding: .05rem .6rem; font-size: .85rem; }
label { font-size: .85rem; color: var(--soft); }
label input, label select { color: var(--ink); }
.check { display: inline-flex; align-items: center; gap: .45rem; cursor: pointer; }
.check input { min-height: 0; width: 1rem; height: 1rem; margin: 0; }
.switch { display: inline-flex; background: var(--paper); border-radius: 9px; padding: 2px; }
.switch button { border: 0; background: none; min-height: 1.8rem; color: var(--soft); }
.switch button[aria-pressed=true] { background: var(--card); color: var(--ink);
  box-shadow: 0 0 0 1px var(--line); }
.fields { display: grid; gap: .55rem; margin-bottom: .7rem; }
.fields > label { display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: .5rem;
  align-items: center; }
.fields .tools label { display: grid; gap: .1rem; }
.fields .tools input { width: 6.5rem; }
.fields .tools .main { margin-left: auto; }

.clock { display: flex; gap: .8rem 1.4rem; flex-wrap: wrap; align-items: center; }
.face { margin-right: auto; color: var(--soft); font-size: .85rem; line-height: 1.35; }
.face time { display: block; color: var(--ink); font-size: 1.5rem; letter-spacing: -.01em;
  font-variant-numeric: tabular-nums; }

.chip { display: inline-flex; align-items: center; gap: .4em; font-size: .85rem;
  white-space: nowrap; color: var(--tone, var(--soft)); }
.chip::before { content: ""; width: .5em; height: .5em; border-radius: 50%;
  background: currentColor; }
.tone-101, .tone-live { --tone: var(--live); }
.tone-102 { --tone: var(--waiting); }
.tone-103, .tone-107 { --tone: var(--ended); }
.tone-104, .tone-bad { --tone: var(--bad); }
.tone-105, .tone-106, .tone-wait { --tone: var(--paused); }
.tone-good { --tone: var(--accent); }

#chart { --now: -1%; }
.row { display: grid; grid-template-columns: minmax(10rem, 15rem) minmax(0, 1fr) 10.5rem;
  gap: 0 1rem; align-items: center; border-top: 1px solid var(--line); min-height: 3.1rem; }
.axis { border: 0; min-height: 1.7rem; color: var(--soft); font-size: .8rem; }
.name { font-weight: 500; overflow-wrap: anywhere; line-height: 1.35; }
.name small, .sub { font-weight: 400; color: var(--soft); font-size: .82rem; }
.name small { display: block; }
.track { position: relative; align-self: stretch; overflow: hidden; min-height: 1.7rem;
  background: linear-gradient(to right, var(--line) 1px, transparent 1px) var(--phase, 0) 0 /
    var(--step, 25%) 100%; }
.axis .track { background: none; overflow: visible; }
.track::after { content: ""; position: absolute; left: var(--now); top: 0; bottom: 0; width: 2px;
  margin-left: -1px; background: var(--accent); }
.axis .track::after { top: 1.45rem; }
.tick { position: absolute; bottom: .1rem; padding-left: .25rem; white-space: nowrap; }
.tick.now { color: var(--on-accent); background: var(--accent); border-radius: 99px;
  padding: 0 .55rem; transform: translateX(-50%); z-index: 1; }
.bar { position: absolute; top: 50%; height: 1.5rem; margin-top: -.75rem; min-width: 5px;
  border-radius: 6px; background: color-mix(in srgb, var(--tone) 24%, var(--card));
  border: 1px solid var(--tone); color: var(--ink); font-size: .8rem; line-height: 1.4rem; }
.bar b { position: absolute; font-weight: 500; white-space: nowrap; padding: 0 .4rem; }
.bar.right b { left: 100%; }
.bar.left b { right: 100%; }
.row .tools { justify-content: flex-end; }

.rows > div { border-top: 1px solid var(--line); padding: .5rem 0; }
.rows > div:first-child { border-top: 0; }
.tall { max-height: 26rem; overflow-y: auto; overscroll-behavior: contain; }
.item { display: flex; gap: .2rem .9rem; align-items: center; flex-wrap: wrap; }
.item > :first-child { flex: 1 1 9rem; min-width: 0; overflow-wrap: anywhere; }
.item .price { min-width: 7rem; text-align: right; font-variant-numeric: tabular-nums; }
.item .chip { min-width: 6.2rem; }
.item .tools { min-width: 9.6rem; justify-content: flex-end; }
#goods .item > :first-child { flex-basis: 11rem; }
#log { max-height: 44rem; }

.call { display: grid; grid-template-columns: 5.2rem 3.2rem minmax(0, 1fr) auto 4.6rem;
  gap: .1rem .7rem; align-items: baseline; }
.call > .sub { text-align: right; }
.call > .sub:first-child { text-align: left; }
.call .what { overflow-wrap: anywhere; }
.call .what .sub { display: block; }
.why { background: var(--bad-tint); border-radius: 9px; padding: .45rem .75rem; margin-top: .35rem;
  font-size: .9rem; overflow-wrap: anywhere; grid-column: 1 / -1; }
.why .hint { color: var(--soft); }
.why b { font-weight: 600; }
.tag { font-size: .8rem; background: var(--note-tint); border-radius: 5px; padding: 0 .4rem; }
#log > div.fresh { animation: fresh 1.6s; }
@keyframes fresh { from { background: var(--tint); } }
#filter { flex: 0 1 15rem; }

.meter { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .05rem .6rem;
  padding: .3rem 0; font-size: .88rem; overflow-wrap: anywhere; }
.meter i { grid-column: 1 / -1; height: 5px; border-radius: 3px; background: var(--line);
  overflow: hidden; }
.meter i::before { content: ""; display: block; height: 100%; width: var(--part, 0%);
  border-radius: 3px; background: var(--tone, var(--accent)); min-width: var(--least, 0); }
summary { cursor: pointer; color: var(--soft); font-size: .9rem; padding: .3rem 0; }

#toast { position: fixed; left: 50%; bottom: 1.2rem; transform: translateX(-50%); z-index: 9;
  background: var(--ink); color: var(--paper); padding: .5rem 1.1rem; border-radius: 10px;
  max-width: min(92vw, 40rem); overflow-wrap: anywhere; }

@media (max-width: 1000px) {
  .columns { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 720px) {
  .row { grid-template-columns: minmax(0, 1fr) auto; padding: .5rem 0 .6rem; gap: .3rem .6rem; }
  .row .track { grid-column: 1 / -1; grid-row: 2; }
  .axis { padding: 0; }
  .axis > span { display: none; }
  .axis .track { grid-row: 1; }
  .axis .track::after { display: none; }
  .tall, #log { max-height: 70vh; }
  .card { padding: .9rem .85rem; border-radius: 12px; }
  .call { grid-template-columns: minmax(0, 1fr) auto; }
  .call .what { grid-column: 1 / -1; grid-row: 2; }
  .call .verb { display: none; }
  .call .end { justify-self: end; }
  .call > .ms { display: none; }
  #filter { flex: 1 1 100%; }
  .item .price { text-align: left; min-width: 0; flex: 1 1 6rem; order: 1; }
  .item .tools { min-width: 0; order: 2; }
  .item .tools:empty { display: none; }
  .item .chip { min-width: 0; }
  #set { flex: 1 1 100%; min-width: 0; flex-wrap: nowrap; }
  #set label { flex: 1; min-width: 0; }
  #set input { width: 100%; }
  .link, header code { order: 5; }
  #who { display: none; }
  button, input, select { min-height: 2.5rem; }
  button.small { min-height: 2.2rem; }
  input, select { font-size: 16px; }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; } }
.boxes { display: flex; gap: .3rem 1rem; flex-wrap: wrap; }
.narrow header, .narrow main { max-width: 42rem; }
.narrow .note { margin-bottom: .6rem; }
#component { margin-bottom: .6rem; }
.problem { color: var(--bad); }
.problem:empty { display: none; }
]==],
  js = [==[
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
// The console's script, on a time line: the rooms, and the clock that moves them.

// Clock -----------------------------------------------------------------------------------------

const present = () => view.now + (view.frozen ? 0 : (performance.now() - heard) / 1000);

function drawTime() {
  if (view) say($("time"), stamp(present()).slice(0, 19).replace("T", " "));
}
setInterval(drawTime, 250);

for (const seconds of [600, 3600, 7200, 86400]) {
  const node = button("plus_" + seconds, () => act("clock", { advance: seconds }));
  node.dataset.t = "plus_" + seconds;
  dress(node, "");
  $("advance").append(node);
}
$("set").addEventListener("submit", (event) => {
  event.preventDefault();
  act("clock", { set: Date.parse($("moment").value + "Z") / 1000 - 28800 });
});
$("freeze").addEventListener("click", () => act("clock", { frozen: !view.frozen }));
$("real").addEventListener("click", () => act("clock", { set: Date.now() / 1000 }));

let sure;
function calm() {
  clearTimeout(sure);
  sure = undefined;
  say($("reset"), t("reset"));
  $("reset").classList.remove("sure");
}
$("reset").addEventListener("click", () => {
  if (sure) {
    calm();
    act("reset");
    return;
  }
  say($("reset"), t("sure"));
  $("reset").classList.add("sure");
  sure = setTimeout(calm, 4000);
});
$("reset").addEventListener("blur", calm);

// Rooms -----------------------------------------------------------------------------------------

const HOUR = 3600, STEPS = [1, 2, 3, 6, 12, 24, 48, 168, 336, 744].map((h) => h * HOUR);
let span = "all";

for (const key of ["12", "72", "336", "all"]) {
  const node = button("span_" + key, () => { span = key; drawRooms(); });
  node.dataset.t = "span_" + key;
  dress(node, "");
  $("span").append(node);
}

function range() {
  if (span !== "all") {
    return [view.now - span * HOUR / 3, view.now + span * HOUR * 2 / 3];
  }
  const times = view.rooms.flatMap((room) => [room.from, room.to]).concat(view.now);
  const from = Math.min(...times), to = Math.max(...times);
  const edge = Math.max((to - from) * 0.05, HOUR);
  return [from - edge, to + edge];
}

function drawAxis(from, to) {
  const share = (s) => (s - from) / (to - from);
  const ticks = $("axis").clientWidth < 500 ? 4 : 9;
  const step = STEPS.find((s) => (to - from) / s <= ticks) || (to - from) / ticks;
  const first = Math.ceil((from + 8 * HOUR) / step) * step - 8 * HOUR;
  const chart = $("chart").style;
  const now = share(view.now);
  chart.setProperty("--now", now * 100 + "%");
  chart.setProperty("--step", step / (to - from) * 100 + "%");
  chart.setProperty("--phase", share(first) / (1 - step / (to - from)) * 100 + "%");
  $("axis").replaceChildren();
  const near = $("axis").clientWidth < 500 ? 0.23 : 0.09;
  const put = (at, text, className) => {
    const node = el("span", className, text);
    node.style.left = at * 100 + "%";
    $("axis").append(node);
  };
  for (let s = first; s < to; s += step) {
    const at = share(s);
    if (at < 0.93 && Math.abs(at + 0.03 - now) > near) {
      put(at, step % (24 * HOUR) ? moment(s).slice(at < 0.1 || stamp(s).slice(11, 13) === "00" ?
        0 : 6) : moment(s).slice(0, 5), "tick");
    }
  }
  put(now, t("now", clock(view.now).slice(0, 5)), "tick now");
}

const steps = {
  101: [["go_105", 105], ["go_103", 103]], 102: [["go_101", 101]],
  105: [["resume", 101], ["go_103", 103]], 106: [["resume", 101], ["go_103", 103]],
};

function makeRoom(room) {
  const node = el("div", "row");
  const name = add(el("div", "name", room.name), el("small", "nums",
    `#${room.id} · ${room.anchor} · ${moment(room.from)} – ${clock(room.to).slice(0, 5)}`));
  const bar = el("div", "bar");
  bar.append(el("b", "", word(facts.room, room.status)));
  const tools = el("div", "tools");
  for (const [key, status] of steps[room.status] || []) {
    tools.append(button(key, () => act("live", mine({ room_id: room.id, status })), room.name));
  }
  name.title = t(room.push ? "push_room" : "phone_room") + " · " + t("goods_count", room.goods);
  return add(node, name, add(el("div", "track"), bar), tools);
}

function placeBar(node, room, from, to) {
  const bar = node.querySelector(".bar"), share = (s) => (s - from) / (to - from);
  const left = share(room.from), right = share(room.to), now = share(view.now);
  bar.style.left = left * 100 + "%";
  bar.style.width = (right - left) * 100 + "%";
  const inside = Math.min(right, 1) - Math.max(left, 0) > 0.16;
  dress(bar, `bar tone-${room.status} ${inside ? "in" : right < 0.8 ? "right" : "left"}`);
  // The word keeps clear of the chart's edge and of the line that is now.
  let at = Math.max(left, 0);
  if (now > at && now < at + 0.08 && right > now + 0.08) at = now;
  bar.firstElementChild.style.left = inside ? (at - left) / (right - left) * 100 + "%" : "";
}

function drawRooms() {
  const [from, to] = range();
  const seen = view.rooms.filter((room) => room.to > from && room.from < to);
  for (const node of $("span").children) {
    node.setAttribute("aria-pressed", node.dataset.act === "span_" + span);
  }
  $("chart").hidden = view.rooms.length === 0;
  list($("rooms"), seen, (room) => room.id, makeRoom);
  seen.forEach((room, i) => placeBar($("rooms").children[i], room, from, to));
  if (view.rooms.length) drawAxis(from, to);
  const others = view.counts.rooms - seen.length;
  say($("e-rooms"), view.counts.rooms === 0 ? t("no_rooms") : others ? t("beside", others) : "");
}
addEventListener("resize", () => { if (view) drawRooms(); });
// Permission sets as boxes to tick: for the console, and for the page of consent.

function setName(set, lang) {
  return `${set.id} ${lang ? set.zh : set.en}`.trim();
}

// Fills a group with a box for each set. Those whose numbers are in `ticked` are ticked; without
// it, all are.
function fillSets(group, sets, lang, ticked) {
  group.replaceChildren(...sets.map((set) => {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.value = set.id;
    box.checked = !ticked || ticked.includes(set.id);
    const label = document.createElement("label");
    label.className = "check";
    label.append(box, " ", setName(set, lang));
    return label;
  }));
}

function tickedSets(group) {
  return [...group.querySelectorAll("input:checked")].map((box) => Number(box.value));
}
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
]==],
  consent_html = [==[
<!DOCTYPE html>
<html lang="@lang@">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>wxlive sandbox</title>
<link rel="icon" href="data:,">
<style nonce="@nonce@">@style@</style>
</head>
<body class="narrow">
<header>
  <h1 data-t="consent_title"></h1>
  <code id="who"></code>
</header>
<noscript><p class="card">This page needs JavaScript. 此页面需要启用 JavaScript。</p></noscript>
<main id="main">
<section class="card">
  <p class="note" data-t="consent_note"></p>
  <p id="problem" class="problem" role="alert"></p>
  <form id="consent" class="fields">
    <label><span data-t="shop"></span>
      <input id="shop" list="shops" required autocomplete="off" spellcheck="false"></label>
    <datalist id="shops"></datalist>
    <div class="boxes" id="sets" role="group"></div>
    <div class="tools"><button class="main" id="agree" data-t="agree"></button></div>
  </form>
</section>
</main>
<script type="application/json" id="facts">@facts@</script>
<script nonce="@nonce@">@script@</script>
</body>
</html>
]==],
  consent_js = [==[
// Permission sets as boxes to tick: for the console, and for the page of consent.

function setName(set, lang) {
  return `${set.id} ${lang ? set.zh : set.en}`.trim();
}

// Fills a group with a box for each set. Those whose numbers are in `ticked` are ticked; without
// it, all are.
function fillSets(group, sets, lang, ticked) {
  group.replaceChildren(...sets.map((set) => {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.value = set.id;
    box.checked = !ticked || ticked.includes(set.id);
    const label = document.createElement("label");
    label.className = "check";
    label.append(box, " ", setName(set, lang));
    return label;
  }));
}

function tickedSets(group) {
  return [...group.querySelectorAll("input:checked")].map((box) => Number(box.value));
}
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
]==],
}
