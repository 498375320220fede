// The desk's script, first part: what is asked of the desk, and how its outcome is told. The parts
// before it are those that the pages of wxlive share; rundown.js and panels.js are behind it.

// The address held a token that has done its work.
history.replaceState(null, "", location.pathname);

const GOOD_SECONDS = 5, BAD_SECONDS = 12, ROWS = 200;
let events = [];                // what was done, newest first
let room;                       // the id of the room whose goods are shown
const names = new Map();        // id of goods -> name, as far as they were seen
const pending = new Set();      // what was asked and is not answered yet

// Of several servers behind one address, another one may have read less, or earlier: what is newer
// stays.
function stay(answer) {
  if (answer.rooms_at === undefined && answer.room_id === view.room_id) answer.goods = view.goods;
  if (!answer.quotas.length) answer.quotas = view.quotas;
  for (const name of ["rooms", "audits"]) {
    const read = name + "_at";
    if (answer[read] === undefined || answer[read] <= view[read]) {
      answer[name] = view[name];
      answer[read] = view[read];
    }
  }
}

async function load() {
  const asked = { appid, room_id: room };
  if (view) {
    Object.assign(asked, {
      calls: view.calls, events: view.events, rooms_at: view.rooms_at, audits_at: view.audits_at,
    });
  }
  const answer = await post("view", asked);
  return () => {
    const same = view && view.appid === answer.appid;
    if (view && answer.calls < view.calls) log = [];
    if (view && answer.events < view.events) events = [];
    if (same) stay(answer);
    answer.rooms ??= [];
    answer.audits ??= [];
    for (const one of answer.goods) names.set(one.id, one.name);
    for (const one of answer.audits) names.set(one.id, one.name);
    keep(answer.log);
    if (view) warn(answer.done);
    events = [...answer.done.reverse(), ...events].slice(0, ROWS);
    view = answer;
  };
}

// Outcomes --------------------------------------------------------------------------------------

let quiet;
// Tells the reader, and a screen reader, how something ended.
function announce(text, good) {
  const [shown, other] = good ? [$("news"), $("toast")] : [$("toast"), $("news")];
  other.hidden = true;
  say(shown, text);
  shown.hidden = false;
  clearTimeout(quiet);
  quiet = setTimeout(() => { shown.hidden = true; }, (good ? GOOD_SECONDS : BAD_SECONDS) * 1000);
}

const reason = (error) => !error ? "" : [lang ? error.zh : error.en,
  lang ? error.hint_zh : error.hint_en].filter(Boolean).join(lang ? "；" : "; ");

// Of what a show does by itself, the reader is told what went wrong.
const WRONG = { poll_failed: 1, ledger_failed: 1, look_failed: 1, edit_refused: 1 };
function warn(news) {
  const wrong = news.filter((one) => WRONG[one.name] || !one.by_hand &&
    ["failed", "unknown"].includes(one.state)).at(-1);
  if (!wrong) return;
  announce(WRONG[wrong.name] ? [t("event_" + wrong.name), reason(wrong.error)].filter(Boolean)
    .join(lang ? "：" : ": ") : t("is_" + wrong.state, labelOf(wrong), reason(wrong.error)), false);
}

// Asks for an action. Nothing looks done before the desk has answered, and the desk answers only
// when the platform has.
async function act(body, key, what) {
  if (pending.has(key)) return;
  pending.add(key);
  draw();
  try {
    const outcome = await post("act", mine(body));
    const good = ["done", "skipped", "begun", "reading"].includes(outcome.state);
    announce(t("is_" + outcome.state, what, reason(outcome.error)), good);
  } catch (problem) {
    announce(problem instanceof TypeError ? t("no_outcome", what) :
      t("not_taken", what, problem.message), false);
  }
  pending.delete(key);
  draw();
  poll();
}

// A button that asks for an action, and shows that it waits for the answer. `made` gives the
// action's body and its name when the button is pressed.
function asking(node, key, label, made) {
  node.dataset.act = key;
  node.addEventListener("click", () => {
    const { body, what } = made();
    act(body, key, what);
  });
  node.settle = () => {
    const busy = pending.has(key);
    node.classList.toggle("busy", busy);
    if (busy) node.setAttribute("aria-disabled", "true");
    else node.removeAttribute("aria-disabled");
    say(node, busy ? t("asking") : typeof label === "function" ? label() : t(label));
  };
  node.settle();
  return node;
}

// Times -----------------------------------------------------------------------------------------

const gone = () => (performance.now() - heard) / 1000;

// Seconds as 1:05 or 1:02:05.
function spell(seconds) {
  const all = Math.max(0, Math.floor(seconds)), two = (n) => String(n).padStart(2, "0");
  const h = Math.floor(all / 3600), m = Math.floor(all / 60) % 60;
  return h ? `${h}:${two(m)}:${two(all % 60)}` : `${m}:${two(all % 60)}`;
}

const nameOf = (goods_id, other) => names.get(goods_id) || other || "#" + goods_id;

// What a cue does, in the reader's language. A rundown may name goods by their ids.
function labelOf(cue) {
  const target = cue.several ? t("goods_count", cue.several) : cue.goods_id ? nameOf(cue.goods_id, cue.target) :
    names.get(cue.target) || cue.target;
  return [facts.actions[cue.action] ? word(facts.actions, cue.action) : cue.label, target]
    .filter(Boolean).join(" ");
}
