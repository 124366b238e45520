"use strict";
const show = (pair, value) => {
  pair.querySelector("input").value = value;
  pair.style.setProperty("--at", `${value}%`);
};
const pairs = document.querySelectorAll(".pair");
for (const pair of pairs) {
  const follow = (event) => {
    const place = pair.getBoundingClientRect();
    show(pair, Math.min(100, Math.max(0, (100 * (event.clientX - place.left)) / place.width)));
  };
  pair.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    pair.setPointerCapture(event.pointerId);
    follow(event);
  });
  pair.addEventListener("pointermove", (event) => {
    if (pair.hasPointerCapture(event.pointerId)) follow(event);
  });
  pair.addEventListener("dragstart", (event) => event.preventDefault());
  const range = pair.querySelector("input");
  range.addEventListener("input", () => show(pair, range.value));
}
const all = document.getElementById("all");
if (all) all.addEventListener("input", () => pairs.forEach((pair) => show(pair, all.value)));
