// The page: a photo in, the slider, a file out. The work is done in worker.js.

import { Hinting } from "./hinting.js";

const MAX_BYTES = 250e6;
const MAX_PIXELS = 100e6;

const at = (id) => document.getElementById(id);
const [drop, file, result, stage, split] = ["drop", "file", "result", "stage", "split"].map(at);
const [strength, amount, status, progress] = ["strength", "amount", "status", "progress"].map(at);
const [liveliness, lively] = ["liveliness", "lively"].map(at);
const buttons = ["png", "jpeg"].map(at);

let name = "photo";
let pending = 0;
// A temperature; none before the slider was moved: the model's own.
let chosen = null;
// Something was changed while the photo was being colored.
let changed = false;

// Made of a blob, the worker stands under this page's own Content-Security-Policy.
const script = `import ${JSON.stringify(new URL("worker.js", import.meta.url).href)};`;
const source = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
const worker = new Worker(source, { type: "module" });

function say(text, wrong = false) {
  status.textContent = text;
  status.classList.toggle("wrong", wrong);
}

function busy(change) {
  pending = Math.max(0, pending + change);
  document.body.classList.toggle("busy", pending > 0);
  for (const button of buttons) button.disabled = pending > 0;
}

function ask(message, transfer = []) {
  busy(1);
  worker.postMessage(message, transfer);
}

// What is asked of the model and the merge: the fields of colorizer_tf/inference/request.py by name.
function request(hints) {
  return { strength: Number(strength.value), temperature: chosen, hints };
}

const hinting = new Hinting({ change: recolor, wrong: (text) => say(text, true) });

// Colors the photo again; what is changed meanwhile is taken together.
function recolor() {
  changed = pending > 0;
  if (changed) return;
  say("Coloring ...");
  ask({ type: "request", request: request(hinting.hints) });
}

function showLiveliness() {
  lively.textContent = `${Math.round(100 * liveliness.value)} %`;
}

async function open(given) {
  if (!given) return;
  if (given.size > MAX_BYTES) return say(`${given.name} has over 250 MB: too large.`, true);
  say("Reading the photo ...");
  let bitmap;
  try {
    bitmap = await createImageBitmap(given, { premultiplyAlpha: "none" });
  } catch {
    return say(`${given.name} is no picture that this browser can read.`, true);
  }
  if (bitmap.width * bitmap.height > MAX_PIXELS) {
    return say(`${bitmap.width} x ${bitmap.height} pixels are too many: at most 100 million.`, true);
  }
  name = (given.name || "photo").replace(/\.[^.]*$/, "");
  say(progress.hidden ? "Coloring ..." : "Waiting for the model ...");
  changed = false;
  ask({ type: "photo", bitmap, name: given.name || "photo", request: request([]) }, [bitmap]);
}

function draw(id, bitmap) {
  const canvas = at(id);
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
}

const answers = {
  progress({ value }) {
    progress.hidden = false;
    progress.value = value;
    if (!pending) say("Loading the model ...");
  },
  ready({ info }) {
    progress.hidden = true;
    say(pending ? "Coloring ..." : "");
    if (info.classes) {
      liveliness.value = 1 - info.temperature;
      showLiveliness();
      at("distribution").hidden = false;
    }
    at("model").textContent = `Model: ${info.name}, license ${info.license}. ${info.runtime}.`;
  },
  broken({ reason }) {
    progress.hidden = true;
    say(`This page cannot start: ${reason}`, true);
  },
  colored({ before, after, notes, name: given, width, height }) {
    busy(-1);
    draw("after", after);
    if (before) {
      hinting.reset(given, width, height);
      stage.style.setProperty("--ratio", before.width / before.height);
      stage.style.setProperty("--natural", `${before.width}px`);
      draw("before", before);
      drop.hidden = true;
      result.hidden = false;
      split.focus({ preventScroll: true });
    }
    say(["Done. Move the slider to compare.", ...notes].join(" "));
  },
  encoded({ blob }) {
    busy(-1);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${name}_colorized.${blob.type === "image/png" ? "png" : "jpg"}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    say(`${link.download}: ${(blob.size / 1e6).toFixed(1)} MB`);
  },
  failed({ reason }) {
    busy(-1);
    say(`That did not work: ${reason}`, true);
  },
};
worker.onmessage = ({ data }) => {
  answers[data.type](data);
  if (changed && !pending) recolor();
};
worker.onerror = () => say("This page cannot start: this browser is too old.", true);

file.addEventListener("change", () => {
  open(file.files[0]);
  // So that the same file, chosen again, is a change again.
  file.value = "";
});
at("another").addEventListener("click", () => file.click());
document.addEventListener("paste", (event) => open(event.clipboardData.files[0]));
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    document.body.classList.toggle("over", kind === "dragover");
    if (kind === "drop") open(event.dataTransfer.files[0]);
  });
}
split.addEventListener("input", () => stage.style.setProperty("--at", `${split.value}%`));
strength.addEventListener("input", () => {
  amount.textContent = `${Math.round(100 * strength.value)} %`;
});
liveliness.addEventListener("input", () => {
  chosen = 1 - liveliness.value;
  showLiveliness();
});
for (const slider of [strength, liveliness]) {
  slider.addEventListener("change", recolor);
}
at("png").addEventListener("click", () => ask({ type: "encode", format: "image/png" }));
at("jpeg").addEventListener("click", () => ask({ type: "encode", format: "image/jpeg" }));
