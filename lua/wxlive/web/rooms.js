// Rooms on a time line. A page defines `roomTools`, which gives the buttons of a room.

// The server's present, by its last answer.
const present = () => view.now + (view.frozen ? 0 : (performance.now() - heard) / 1000);

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

function makeRoom(room) {
  const node = el("div", "row");
  const name = add(el("div", "name", room.name), el("small", "nums",
    [`#${room.id}`, room.anchor, `${moment(room.from)} – ${clock(room.to).slice(0, 5)}`]
      .filter(Boolean).join(" · ")));
  const bar = el("div", "bar");
  bar.append(el("b", "", word(facts.room, room.status)));
  const tools = add(el("div", "tools"), ...roomTools(room));
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
