"use strict";
// Brings the page to life: search, filters, tables that sort, conversations that follow their sound. The page reads
// the same without it. It asks nothing of the network and keeps nothing; what records say, it moves but never parses.

const tools = document.getElementById("tools");
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// Case and accents aside, as people type: "Sjoberg" finds "Sjöberg". These letters have no accent to take off.
const PLAIN = { "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d" };
const fold = (text) =>
  text.normalize("NFKD").replace(/\p{M}+/gu, "").toLowerCase().replace(/[łøđßæœıþð]/g, (letter) => PLAIN[letter]);

const items = all("[data-item]").map((element) => ({
  element,
  marks: new Set(element.dataset.marks.split(" ").filter(Boolean)),
  category: element.closest("section.category")?.querySelector("h2").id ?? "",
  system: element.closest("[data-system]")?.dataset.system ?? "",
  folded: null, // not before somebody searches
}));

function textOf(item) {
  // Where it stands counts as well: its collection's heading, and the name of each column.
  item.folded ??= fold(
    [item.element.textContent, ...all("td[data-label]", item.element).map((cell) => cell.dataset.label),
      item.element.closest(".block")?.querySelector("h3")?.textContent ?? ""].join("\n"));
  return item.folded;
}

function wanted() {
  return {
    words: fold(tools.querySelector("#find").value).split(/\s+/).filter(Boolean),
    category: tools.querySelector("#of-category").value,
    system: tools.querySelector("#of-system").value,
    marks: all("input[name=mark]:checked", tools).map((box) => box.value),
  };
}

function fits(item, want) {
  return (!want.category || item.category === want.category)
    && (!want.system || item.system === want.system)
    && (!want.marks.length || want.marks.some((mark) => item.marks.has(mark)))
    && want.words.every((word) => textOf(item).includes(word));
}

function filter() {
  const want = wanted();
  const narrowed = Boolean(want.words.length || want.category || want.system || want.marks.length);
  let shown = 0;
  for (const item of items) {
    const fitting = fits(item, want);
    item.element.hidden = !fitting;
    shown += fitting;
  }
  hideEmpty(narrowed);
  if (want.words.length) openFound(want.words);
  announce(narrowed, shown);
}

function hideEmpty(narrowed) {
  for (const block of all(".block, section.category")) {
    block.hidden = narrowed && !block.matches("[data-item]:not([hidden])")
      && !block.querySelector("[data-item]:not([hidden])");
  }
}

function openFound(words) {
  for (const box of all("[data-item]:not([hidden]) details.transcript")) {
    const said = fold(box.textContent);
    if (words.some((word) => said.includes(word))) box.open = true;
  }
}

function announce(narrowed, shown) {
  const text = tools.dataset.shown.replace("{shown}", shown).replace("{all}", items.length);
  tools.querySelector(".count").textContent = narrowed ? (shown ? text : tools.dataset.none) : "";
  document.body.classList.toggle("narrowed", narrowed);
}

function choices(select, pairs) {
  for (const [value, label] of pairs) select.add(new Option(label, value));
  select.closest(".box").hidden = pairs.length < 2;
}

function startTools() {
  choices(tools.querySelector("#of-category"), all("section.category h2").map((head) => [head.id, head.textContent]));
  const systems = [...new Set(items.map((item) => item.system).filter(Boolean))];
  choices(tools.querySelector("#of-system"), systems.map((system) => [system, system]));
  for (const box of all("input[name=mark]", tools)) {
    box.closest("label").hidden = !items.some((item) => item.marks.has(box.value));
  }
  tools.querySelector("fieldset").hidden = !items.some((item) => item.marks.size);
  let waiting;
  tools.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 150); });
  tools.addEventListener("reset", () => setTimeout(filter));
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.hidden = false;
}

// Tables. A third press gives the order of the files back.
const collator = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });

function compare(one, other) {
  if (!one || !other) return 0;
  const numbers = [Number(one), Number(other)];
  return numbers.some(Number.isNaN) ? collator.compare(one, other) : numbers[0] - numbers[1];
}

function sortBy(table, column, direction) {
  const text = (row) => row.cells[column].querySelector("bdi")?.textContent.trim() ?? "";
  const rows = [...table.tBodies[0].rows].map((row) => ({ row, text: text(row), place: Number(row.dataset.place) }));
  rows.sort((one, other) =>
    // What is empty stands last, whichever way.
    (direction && (!one.text - !other.text || direction * compare(one.text, other.text))) || one.place - other.place);
  table.tBodies[0].append(...rows.map(({ row }) => row));
}

const NEXT = { none: "ascending", ascending: "descending", descending: "none" };
const DIRECTION = { none: 0, ascending: 1, descending: -1 };

function startTable(table) {
  [...table.tBodies[0].rows].forEach((row, place) => { row.dataset.place = place; });
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = tools.dataset.unsorted.replace("{column}", () => head.textContent);
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const next = NEXT[head.getAttribute("aria-sort")];
      for (const each of heads) each.setAttribute("aria-sort", each === head ? next : "none");
      sortBy(table, column, DIRECTION[next]);
    });
  });
  table.classList.add("sorts");
}

// Calls. The turn that is heard is marked; pressing a turn's time plays from there.
function startCall(call) {
  const sound = call.querySelector("audio");
  const turns = all("li[data-from]", call);
  if (!sound || !turns.length) return;
  for (const turn of turns) playFrom(sound, turn);
  const list = call.querySelector(".turns");
  let heard = null;
  sound.addEventListener("timeupdate", () => {
    const now = turnAt(turns, sound.currentTime * 1000);
    if (now === heard) return;
    heard?.removeAttribute("aria-current");
    now?.setAttribute("aria-current", "true");
    heard = now;
    // Within its own box only: the page stays where the reader is.
    if (now) list.scrollTop = now.offsetTop - list.offsetTop - list.clientHeight / 3;
  });
}

function turnAt(turns, at) {
  const begun = turns.filter((turn) => Number(turn.dataset.from) <= at);
  const last = begun.at(-1);
  return last && (last.dataset.to === undefined || at < Number(last.dataset.to)) ? last : null;
}

function playFrom(sound, turn) {
  const at = turn.querySelector(".at");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "at";
  const words = document.createElement("span");
  words.className = "unseen";
  words.textContent = `${tools.dataset.play} `;
  button.append(words, at.textContent);
  at.replaceWith(button);
  button.addEventListener("click", () => {
    sound.currentTime = Number(turn.dataset.from) / 1000;
    sound.play().catch(() => {}); // a file that cannot be played says so in its own player
  });
}

// Long conversations are closed at first, and open on paper.
const transcripts = all("details.transcript");

function startTranscripts() {
  const buttons = [["#open-all", true], ["#close-all", false]];
  for (const [id, open] of buttons) {
    const button = tools.querySelector(id);
    button.hidden = transcripts.length < 2;
    button.addEventListener("click", () => { for (const box of transcripts) box.open = open; });
  }
  for (const box of transcripts.slice(3)) box.open = false;
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = transcripts.filter((box) => !box.open);
    for (const box of closed) box.open = true;
  });
  addEventListener("afterprint", () => { for (const box of closed) box.open = false; });
}

if (tools) {
  startTools();
  startTranscripts();
  all(".scroll > table").forEach(startTable);
  all("article.call").forEach(startCall);
}
