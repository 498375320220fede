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
