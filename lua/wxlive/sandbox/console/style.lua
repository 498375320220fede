--- The console's looks: system fonts, light and dark as the reader has it, down to a phone's width.
return [==[

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
]==]
