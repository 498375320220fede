// The console's script: the clock, and the buttons of a room.

// Clock -----------------------------------------------------------------------------------------

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

const steps = {
  101: [["go_105", 105], ["go_103", 103]], 102: [["go_101", 101]],
  105: [["resume", 101], ["go_103", 103]], 106: [["resume", 101], ["go_103", 103]],
};

function roomTools(room) {
  return (steps[room.status] || []).map(([key, status]) =>
    button(key, () => act("live", mine({ room_id: room.id, status })), room.name));
}
