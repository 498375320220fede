// The desk's script, second part: running shows. A show's card stays, and only its parts change, so
// that neither focus nor a click is lost while the seconds run.

const SHIFTS = [-60, -10, 10, 60], COUNTED = ["done", "failed", "unknown", "late", "skipped", "missed"];
const tones = { running: "good", held: "wait", waiting: "102", over: "103" };

const ticking = (show) => show.phase !== "held";
const left = (show, cue) => cue.left - (ticking(show) ? gone() : 0);

// The show of a card, as the desk said last.
const showOf = (node) => view.shows.find((show) => node.dataset.key === show.appid + show.room_id);

function part(node, name) {
  return node.querySelector(`[data-part="${name}"]`);
}

function place(tag, className, name) {
  const node = el(tag, className);
  node.dataset.part = name;
  return node;
}

// An action on a show: the body for it, and what it is called.
const ofShow = (show, op, more) => ({ op, appid: show.appid, room_id: show.room_id, ...more });

function command(node, op, label, what, more) {
  return asking(el("button", "small"), op + node.dataset.key, label, () => {
    const show = showOf(node);
    return { body: ofShow(show, op, more && more(show)), what: what(show) };
  });
}

const nextCue = (show) => show.coming[0];
const meant = (show) => nextCue(show) && { key: nextCue(show).key, n: nextCue(show).n };
const nextLabel = (show) => nextCue(show) ? labelOf(nextCue(show)) : t("next_in");

function shiftTools(node) {
  const box = add(el("div", "tools shift"), place("span", "sub", "shift-label"));
  box.setAttribute("role", "group");
  for (const seconds of SHIFTS) {
    const text = (seconds > 0 ? "+" : "−") + Math.abs(seconds);
    box.append(asking(el("button", "small"), `shift ${seconds} ${node.dataset.key}`,
      () => t("by_seconds", text), () => ({
        body: ofShow(showOf(node), "shift", { seconds }),
        what: `${t("shift")} ${t("by_seconds", text)}`,
      })));
  }
  const form = el("form", "tools"), input = el("input", "seconds");
  Object.assign(input, { type: "number", min: -86400, max: 86400, step: 1, required: true });
  const send = el("button", "small");
  send.type = "submit";
  form.append(input, send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const seconds = Number(input.value);
    act(ofShow(showOf(node), "shift", { seconds }), "shift form" + node.dataset.key,
      `${t("shift")} ${t("by_seconds", seconds)}`);
    input.value = "";
  });
  return add(box, form);
}

function makeShow(show) {
  const node = el("div", "show");
  node.dataset.key = show.id;
  const now = add(el("div"),
    add(el("div", "upcoming"),
      add(el("div", "count"), place("span", "sub", "next-label"), place("b", "nums", "left")),
      add(el("div", "name"), place("span", "", "label"), place("small", "nums", "detail")),
      add(el("div", "tools"),
        command(node, "next", "next", nextLabel, meant),
        command(node, "skip", "skip_cue", (one) => `${t("skip_cue")} ${nextLabel(one)}`, meant),
        command(node, "hold", "hold", () => t("hold")),
        command(node, "go", "go", () => t("go")))),
    shiftTools(node), place("div", "tools cards", "cards"), place("p", "sub nums", "counts"));
  add(node,
    add(el("div", "head"), place("h3", "", "name"), place("span", "chip", "phase"),
      place("span", "sub nums", "since"), place("span", "sub nums", "until"),
      place("span", "sub nums", "shifted"), place("code", "", "file")),
    add(el("div", "halves"), now,
      add(el("div"), place("h4", "sub", "coming-label"), place("div", "rows cues", "coming"))));
  node.querySelector('[data-act^="next"]').classList.add("main");
  part(node, "coming").setAttribute("role", "list");
  return node;
}

function makeCue(cue) {
  const detail = [t("line", cue.line), cue.note].filter(Boolean).join(" · ");
  const node = add(el("div", "cue"), place("span", "nums", "cue-left"),
    place("span", "sub nums", "cue-at"),
    el("span", "name", labelOf(cue)), el("span", "sub", detail));
  node.lastElementChild.title = detail;
  return node;
}

function makeCard(show, card) {
  const key = `card ${card.digit} ${show.appid}${show.room_id}`;
  const label = labelOf(card);
  return asking(el("button", "small"), key, () => `${card.digit} · ${label}`,
    () => ({ body: ofShow(show, "card", { digit: card.digit }), what: label }));
}

// What changes with every answer.
function drawShow(node, show) {
  const held = show.phase === "held", over = show.phase === "over";
  const waits = show.phase === "waiting";
  say(part(node, "name"), show.name || "#" + show.room_id);
  say(part(node, "phase"), t(held && show.held === "room" ? "phase_held_room" :
    "phase_" + show.phase));
  dress(part(node, "phase"), "chip tone-" + tones[show.phase]);
  say(part(node, "file"), show.file);
  say(part(node, "shifted"), Math.abs(show.shift) >= 1 ? t("shifted_by",
    (show.shift > 0 ? "+" : "−") + Math.round(Math.abs(show.shift))) : "");
  say(part(node, "shift-label"), t("shift"));
  node.querySelector(".shift").setAttribute("aria-label", t("shift"));
  const input = node.querySelector(".seconds");
  input.setAttribute("aria-label", t("seconds"));
  input.placeholder = t("seconds");
  say(node.querySelector('[type="submit"]'),
    t(pending.has("shift form" + node.dataset.key) ? "asking" : "do_shift"));
  const cue = nextCue(show);
  say(part(node, "next-label"), cue ? t(held ? "then_in" : "next_in") : "");
  say(part(node, "label"), cue ? labelOf(cue) : t(over ? "phase_over" : waits ? "begins_live" :
    "nothing_next"));
  for (const op of ["next", "skip"]) {
    node.querySelector(`[data-act^="${op}"]`).hidden = !cue || over;
  }
  node.querySelector('[data-act^="hold"]').hidden = held || over || waits;
  node.querySelector('[data-act^="go"]').hidden = !held;
  node.querySelector(".shift").hidden = over || waits;
  const cards = over || waits ? [] : show.cards;
  list(part(node, "cards"), cards, (one) => one.digit, (one) => makeCard(show, one));
  part(node, "cards").hidden = cards.length === 0;
  const others = show.coming.slice(1);
  say(part(node, "coming-label"), others.length ? t("coming") : "");
  list(part(node, "coming"), others.map(({ left: _, due: __, ...one }) => one),
    (one) => `${one.key} ${one.n}`, makeCue);
  part(node, "coming").hidden = others.length === 0;
  say(part(node, "counts"), COUNTED.filter((name) => show.counts[name])
    .map((name) => t("count_" + name, show.counts[name])).join(" · "));
  for (const button of node.querySelectorAll("button")) if (button.settle) button.settle();
}

// What changes with every second.
function tick() {
  if (!view) return;
  say($("time"), clock(present()));
  for (const node of $("shows").children) {
    const show = showOf(node);
    if (!show) continue;
    const now = gone();
    say(part(node, "since"), show.begun === undefined ? show.planned === undefined ? "" :
      t("until_start", spell(show.planned - now)) : t("since_start", spell(show.begun + now)));
    const ends = show.ends === undefined ? undefined : show.ends - now;
    say(part(node, "until"), ends === undefined || show.phase === "over" ? "" : ends >= 0 ?
      t("until_end", spell(ends)) : t("past_end", spell(-ends)));
    const cue = nextCue(show);
    say(part(node, "left"), !cue ? "" : left(show, cue) < 1 ? t("at_once") :
      spell(left(show, cue)));
    say(part(node, "detail"), !cue ? "" : [clock(cue.due), t("line", cue.line), cue.note]
      .filter(Boolean).join(" · "));
    show.coming.slice(1).forEach((one, i) => {
      const row = part(node, "coming").children[i];
      say(part(row, "cue-left"), left(show, one) < 1 ? t("at_once") : spell(left(show, one)));
      say(part(row, "cue-at"), clock(one.due));
    });
  }
}
setInterval(tick, 250);

function drawShows() {
  const shows = view.shows.map((show) => ({ id: show.appid + show.room_id }));
  list($("shows"), shows, (one) => one.id, makeShow);
  view.shows.forEach((show, i) => drawShow($("shows").children[i], show));
  say($("e-shows"), shows.length ? "" : t("no_show"));
  tick();
}
