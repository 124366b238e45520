// Colors as people write them, and what a photo's lightness leaves of them: a port of
// colorizer_tf/inference/hints/colors.py.

import { LINEAR, SLACK, code, cube, root } from "./color.js";

const NUMBER = "\\s*([-+]?\\d+(?:\\.\\d+)?)\\s*";
const LAB = new RegExp(`^lab\\(${NUMBER}[,\\s]${NUMBER}[,\\s]${NUMBER}\\)$`, "i");
const BISECTIONS = 12;

/** L*, a* and b* of #rrggbb, a CSS name, or lab(L a b); throws an Error if it is none of these. */
export function parseLab(text, { xyz }) {
  const found = LAB.exec(text.trim());
  if (found) return found.slice(1).map(Number);
  const codes = /^#(..)(..)(..)$/.exec(asHex(text)).slice(1);
  const linear = codes.map((each) => LINEAR[parseInt(each, 16)]);
  const [x, y, z] = xyz.map((row) => root(row.reduce((sum, weight, i) => sum + weight * linear[i], 0)));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function asHex(text) {
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  // What is no color changes nothing.
  const [one, two] = ["#000000", "#ffffff"].map((before) => {
    context.fillStyle = before;
    context.fillStyle = text;
    return context.fillStyle;
  });
  if (one !== two || !one.startsWith("#")) throw new Error(`${text} is no color, or a transparent one`);
  return one;
}

function linearOf(level, a, b, matrix) {
  const f = (level + 16) / 116;
  const [x, y, z] = [cube(f + a / 500), cube(f), cube(f - b / 200)];
  return matrix.map((row) => row[0] * x + row[1] * y + row[2] * z);
}

/** The nearest ab of that hue which this lightness can have, and the color that comes out, as
 * #rrggbb, if it is less colorful than what was asked; else empty. */
export function atLightness([, a, b], level, { matrix }) {
  const fits = (scale) => {
    const linear = linearOf(level, scale * a, scale * b, matrix);
    return Math.min(...linear) >= -SLACK && Math.max(...linear) <= 1 + SLACK;
  };
  let [low, far] = fits(1) ? [1, 1] : [0, 1];
  for (let i = 0; i < BISECTIONS && low < far; i++) {
    const middle = (low + far) / 2;
    if (fits(middle)) low = middle;
    else far = middle;
  }
  const asked = Math.hypot(a, b);
  const less = (1 - low) * asked > Math.max(0.02 * asked, 0.5);
  const codes = linearOf(level, low * a, low * b, matrix).map((linear) => Math.round(code(linear)));
  const hex = codes.map((each) => each.toString(16).padStart(2, "0")).join("");
  return { ab: [low * a, low * b], other: less ? `#${hex}` : "" };
}
