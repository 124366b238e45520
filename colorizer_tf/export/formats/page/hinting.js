// Saying colors on the page: the layer over the photo, the controls, and files of hints.

import { HintEditor } from "./editor.js";
import { showList } from "./list.js";

const at = (id) => document.getElementById(id);

export class Hinting {
  /** on.change() is told when the hints change, on.wrong(text) what cannot be used. */
  constructor(on) {
    this.#editor = new HintEditor(at("layer"), {
      change: () => {
        this.#show();
        on.change();
      },
      select: (hint) => this.#selected(hint),
    });
    const listen = (id, kind, act) => at(id).addEventListener(kind, () => act(at(id)));
    listen("say", "click", () => this.#turn(at("layer").hidden));
    listen("add", "click", () => this.#editor.addInMiddle());
    listen("color", "input", ({ value }) => this.#editor.recolor(value));
    listen("radius", "input", ({ value }) => {
      at("reach").textContent = `${value} %`;
    });
    listen("radius", "change", ({ value }) => this.#editor.widen(Number(value)));
    listen("keep", "click", () => this.#editor.recolor("keep"));
    listen("delete", "click", () => this.#editor.remove());
    listen("undo", "click", () => this.#editor.undo());
    listen("save", "click", () => this.#save());
    listen("load", "change", (input) => this.#load(input, on.wrong));
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || at("layer").hidden) return;
      event.preventDefault();
      this.#editor.undo();
    });
  }

  #editor;
  #name = "photo";

  /** Those of the photo that is shown. */
  get hints() {
    return this.#editor.hints;
  }

  /** Begins with a photo of this name and size, without hints. */
  reset(name, width, height) {
    this.#name = name;
    this.#editor.reset(width, height);
    this.#show();
  }

  #turn(on) {
    for (const id of ["layer", "hinting"]) at(id).hidden = !on;
    at("say").setAttribute("aria-pressed", on);
    at("stage").classList.toggle("saying", on);
  }

  #selected(hint) {
    for (const id of ["keep", "delete"]) at(id).disabled = !hint;
    if (hint && /^#[0-9a-f]{6}$/i.test(hint.color)) at("color").value = hint.color;
    this.#show();
  }

  #show() {
    showList(at("list"), this.#editor);
    at("undo").disabled = !this.#editor.undoable;
    at("save").disabled = !this.hints.length;
  }

  #save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([this.#editor.saved(this.#name)], { type: "application/json" }));
    link.download = `${this.#name}.hints.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  async #load(input, wrong) {
    try {
      this.#editor.load(await input.files[0].text());
    } catch (error) {
      wrong(`These hints cannot be used: ${error.message}`);
    }
    input.value = "";
  }
}
