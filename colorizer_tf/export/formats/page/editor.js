// Hints on a picture: points to set, drag, recolor, delete and undo, by mouse, finger and keyboard.
// Knows nothing of models.

const KEEP = "keep";
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const MAX_UNDO = 200;

export class HintEditor {
  #layer;
  #on;
  #sides = [1, 1];
  #past = [];
  #dragging = null;

  /** layer lies exactly over the picture; on.change(hints) and on.select(hint or null) are told. */
  constructor(layer, on) {
    this.#layer = layer;
    this.#on = on;
    this.hints = [];
    this.selected = null;
    this.color = "#a01818";
    this.radius = 0;
    layer.addEventListener("pointerdown", (event) => this.#down(event));
    layer.addEventListener("pointermove", (event) => this.#move(event));
    layer.addEventListener("pointerup", () => this.#up());
    layer.addEventListener("pointercancel", () => this.#up());
    layer.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Begins with a picture of this size, without hints. */
  reset(width, height) {
    this.#sides = [width, height];
    this.#past = [];
    this.hints = [];
    this.select(null);
    this.#draw();
  }

  add(x, y, color = this.color) {
    this.#remember();
    const hint = { x: this.#within(x, 0), y: this.#within(y, 1), color };
    if (this.radius) hint.radius = `${this.radius}%`;
    this.hints.push(hint);
    this.select(hint);
    this.#changed();
  }

  addInMiddle() {
    this.add(this.#sides[0] / 2, this.#sides[1] / 2);
    this.#layer.querySelector("[aria-pressed=true]").focus();
  }

  /** Gives the selected hint a color, or "keep"; the next ones have it too. */
  recolor(color) {
    if (color !== KEEP) this.color = color;
    if (!this.selected || this.selected.color === color) return;
    this.#remember();
    this.selected.color = color;
    this.#changed();
  }

  /** Gives the selected hint a spot with this radius, in per cent of the longer side; 0 for a pixel. */
  widen(radius) {
    this.radius = radius;
    if (!this.selected || this.#reach(this.selected) === radius / 100) return;
    this.#remember();
    if (radius) this.selected.radius = `${radius}%`;
    else delete this.selected.radius;
    this.#changed();
  }

  remove() {
    if (!this.selected) return;
    this.#remember();
    this.hints = this.hints.filter((hint) => hint !== this.selected);
    this.select(this.hints.at(-1) ?? null);
    this.#changed();
  }

  get undoable() {
    return this.#past.length > 0;
  }

  undo() {
    if (!this.undoable) return;
    this.hints = this.#past.pop();
    this.select(null);
    this.#changed();
  }

  replace(hints) {
    this.#remember();
    this.hints = hints;
    this.select(null);
    this.#changed();
  }

  select(hint) {
    this.selected = hint;
    this.#draw();
    this.#on.select(hint);
  }

  /** The file that colorizer-tf colorize --hints takes. */
  saved(name) {
    const pattern = name.replace(/[[*?]/g, "[$&]");
    return JSON.stringify({ format_version: 1, photos: { [pattern]: this.hints } }, null, 1) + "\n";
  }

  /** Takes such a file; throws an Error that says what is wrong. */
  load(text) {
    const { format_version: version, photos } = JSON.parse(text);
    const all = photos && version === 1 ? Object.values(photos).flat() : null;
    if (!all) throw new Error("it holds no hints");
    const number = (value, side) =>
      String(value).endsWith("%") ? (parseFloat(value) / 100) * (this.#sides[side] - 1) : Number(value);
    this.replace(
      all.map((hint) => {
        const [x, y] = [number(hint.x, 0), number(hint.y, 1)];
        const inside = x >= 0 && y >= 0 && x <= this.#sides[0] - 1 && y <= this.#sides[1] - 1;
        if (!inside) throw new Error(`the hint ${hint.x},${hint.y} lies outside of this photo`);
        return { ...hint, x: this.#within(x, 0), y: this.#within(y, 1), color: hint.color ?? KEEP };
      }),
    );
  }

  #within(value, side) {
    return Math.min(Math.max(Math.round(value), 0), this.#sides[side] - 1);
  }

  // The radius of a hint over the longer side.
  #reach({ radius = 0 }) {
    return parseFloat(radius) / (String(radius).endsWith("%") ? 100 : Math.max(...this.#sides));
  }

  #place(event) {
    const box = this.#layer.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * this.#sides[0] - 0.5,
      ((event.clientY - box.top) / box.height) * this.#sides[1] - 0.5,
    ];
  }

  #down(event) {
    if (event.button) return;
    event.preventDefault();
    const marker = event.target.closest("button");
    if (!marker) return this.add(...this.#place(event));
    this.select(this.hints[Number(marker.dataset.index)]);
    this.#layer.setPointerCapture(event.pointerId);
    this.#dragging = { moved: false };
    this.#layer.querySelector("[aria-pressed=true]").focus({ preventScroll: true });
  }

  #move(event) {
    if (!this.#dragging) return;
    if (!this.#dragging.moved) this.#remember();
    this.#dragging.moved = true;
    const [x, y] = this.#place(event);
    [this.selected.x, this.selected.y] = [this.#within(x, 0), this.#within(y, 1)];
    this.#draw();
  }

  #up() {
    const moved = this.#dragging?.moved;
    this.#dragging = null;
    if (moved) {
      this.#on.select(this.selected);
      this.#changed();
    }
  }

  #key(event) {
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.remove();
      this.#layer.querySelector("[aria-pressed=true]")?.focus();
    } else if (STEPS[event.key] && this.selected) {
      event.preventDefault();
      this.#remember();
      const step = event.shiftKey ? 1 : Math.max(1, Math.round(Math.max(...this.#sides) / 100));
      const [right, down] = STEPS[event.key];
      this.selected.x = this.#within(this.selected.x + step * right, 0);
      this.selected.y = this.#within(this.selected.y + step * down, 1);
      this.select(this.selected);
      this.#changed();
      this.#layer.querySelector("[aria-pressed=true]").focus();
    }
  }

  #remember() {
    this.#past.push(this.hints.map((hint) => ({ ...hint })));
    if (this.#past.length > MAX_UNDO) this.#past.shift();
  }

  #changed() {
    this.#draw();
    this.#on.change(this.hints);
  }

  #draw() {
    const spots = this.hints.filter((hint) => this.#reach(hint)).map((hint) => this.#spot(hint));
    this.#layer.replaceChildren(
      ...spots,
      ...this.hints.map((hint, index) => {
        const marker = document.createElement("button");
        marker.type = "button";
        marker.className = hint.color === KEEP ? "hint keep" : "hint";
        marker.dataset.index = index;
        marker.setAttribute("aria-pressed", hint === this.selected);
        marker.setAttribute("aria-label", `Hint ${index + 1}: ${hint.color} at ${hint.x}, ${hint.y}`);
        this.#put(marker, hint);
        if (hint.color !== KEEP) marker.style.backgroundColor = hint.color;
        marker.addEventListener("focus", () => {
          if (this.selected === hint) return;
          this.select(hint);
          this.#layer.querySelector("[aria-pressed=true]").focus();
        });
        return marker;
      }),
    );
  }

  #spot(hint) {
    const spot = document.createElement("span");
    spot.className = "spot";
    spot.style.width = `${(200 * this.#reach(hint) * Math.max(...this.#sides)) / this.#sides[0]}%`;
    this.#put(spot, hint);
    return spot;
  }

  #put(element, { x, y }) {
    element.style.left = `${(100 * (x + 0.5)) / this.#sides[0]}%`;
    element.style.top = `${(100 * (y + 0.5)) / this.#sides[1]}%`;
  }
}
