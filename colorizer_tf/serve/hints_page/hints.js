// Sends the photo with its hints to the API, one request at a time, and shows what comes back.

import { HintEditor } from "./editor.js";
import { showList } from "./list.js";

const VARIANTS = 6;
const at = (id) => document.getElementById(id);
const [picture, work, status, likely] = ["picture", "work", "status", "likely"].map(at);
let photo = null;
let running = false;
let waiting = false;
let asked = 0;

const editor = new HintEditor(at("layer"), {
  change: () => {
    showList(at("list"), editor);
    color();
  },
  select: (hint) => selected(hint),
});

function say(text) {
  status.textContent = text;
}

async function post(path, parameters) {
  const query = new URLSearchParams({ model: at("model").value, ...parameters });
  const answer = await fetch(`api/${path}?${query}`, { method: "POST", body: photo });
  if (!answer.ok) throw new Error((await answer.json()).error);
  return answer;
}

// The photo in color as the page asks for it, with these hints.
function colored(hints) {
  const seed = at("variant").value;
  const chosen = seed ? { seed } : {};
  return post("colorize", { hints: JSON.stringify(hints), strength: at("strength").value, ...chosen });
}

async function color() {
  if (!photo) return;
  waiting = true;
  if (running) return;
  running = true;
  document.body.classList.add("busy");
  while (waiting) {
    waiting = false;
    const began = performance.now();
    try {
      const answer = await colored(editor.hints);
      const notes = JSON.parse(answer.headers.get("X-Notes") ?? "[]");
      await show(await answer.blob());
      say([`Done in ${Math.round(performance.now() - began)} ms.`, ...notes].join(" "));
    } catch (error) {
      say(`That did not work: ${error.message}`);
    }
  }
  running = false;
  document.body.classList.remove("busy");
}

async function show(blob) {
  const url = URL.createObjectURL(blob);
  const before = picture.src;
  picture.src = url;
  await picture.decode().catch(() => {});
  if (before) URL.revokeObjectURL(before);
  at("download").href = url;
  const ending = { "image/png": "png", "image/webp": "webp", "image/tiff": "tif" }[blob.type] ?? "jpg";
  at("download").download = `${photo.name.replace(/\.[^.]*$/, "")}_colorized.${ending}`;
}

async function open(file) {
  if (!file) return;
  photo = file;
  say("Coloring ...");
  try {
    const first = await colored([]);
    work.hidden = false;
    await show(await first.blob());
    editor.reset(picture.naturalWidth, picture.naturalHeight);
    say("Click on the photo to say a color.");
  } catch (error) {
    photo = null;
    say(`That did not work: ${error.message}`);
  }
}

async function selected(hint) {
  const number = ++asked;
  for (const id of ["keep", "delete"]) at(id).disabled = !hint;
  likely.replaceChildren();
  showList(at("list"), editor);
  if (!hint) return;
  if (/^#[0-9a-f]{6}$/i.test(hint.color)) at("color").value = hint.color;
  const answer = await post("likely", { x: hint.x, y: hint.y }).catch(() => null);
  if (!answer || number !== asked) return;
  const { colors } = await answer.json();
  likely.replaceChildren(
    ...colors.map((each) => {
      const button = document.createElement("button");
      button.type = "button";
      button.style.backgroundColor = each;
      button.setAttribute("aria-label", `Likely color ${each}`);
      button.addEventListener("click", () => {
        at("color").value = each;
        editor.recolor(each);
      });
      return button;
    }),
  );
}

function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([editor.saved(photo.name)], { type: "application/json" }));
  link.download = `${photo.name}.hints.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

at("file").addEventListener("change", () => open(at("file").files[0]));
at("load").addEventListener("change", async () => {
  try {
    editor.load(await at("load").files[0].text());
  } catch (error) {
    say(`These hints cannot be used: ${error.message}`);
  }
  at("load").value = "";
});
at("color").addEventListener("input", () => editor.recolor(at("color").value));
at("radius").addEventListener("input", () => {
  at("reach").textContent = `${at("radius").value} %`;
});
at("radius").addEventListener("change", () => editor.widen(Number(at("radius").value)));
for (const id of ["strength", "model", "variant"]) at(id).addEventListener("change", color);
at("add").addEventListener("click", () => editor.addInMiddle());
at("keep").addEventListener("click", () => editor.recolor("keep"));
at("delete").addEventListener("click", () => editor.remove());
at("undo").addEventListener("click", () => editor.undo());
at("save").addEventListener("click", save);
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "z") {
    event.preventDefault();
    editor.undo();
  }
});

const variants = Array.from({ length: VARIANTS }, (_, seed) => new Option(`variant ${seed + 1}`, seed));
at("variant").append(...variants);
const { models } = await (await fetch("api/models")).json();
at("model").replaceChildren(...models.map(({ name }) => new Option(name)));
