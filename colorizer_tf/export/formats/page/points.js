// Hints in a photo: places, the lightness there, and the ab that it can have. A port of
// colorizer_tf/inference/hints/points.py.

import { LINEAR, root } from "./color.js";
import { atLightness, parseLab } from "./colors.js";

const KEEP = "keep";

/** The points { row, column, level, ab } of hints { x, y, color, radius }, ab null for the model's own;
 * and notes on colors that the photo's lightness cannot have. Area: of the photo, as the network sees it. */
export function pointsOf(hints, pixels, area, { ring_pixels: apart, max_rings: most, max_points: limit }, color) {
  const { width, height } = pixels;
  const scale = Math.sqrt(area / (height * width));
  const points = [];
  const notes = [];
  for (const hint of hints) {
    const lab = hint.color === KEEP ? null : parseLab(hint.color, color);
    const radius = reach(hint.radius ?? 0, Math.max(width, height));
    const rings = Math.min(Math.round((radius * scale) / apart), most);
    spots(hint, radius, rings, width, height).forEach(([row, column], number) => {
      const level = lightnessAt(pixels, row, column, color.weights);
      const { ab, other } = lab ? atLightness(lab, level, color) : { ab: null, other: "" };
      points.push({ row, column, level, ab });
      if (!other || number) return;
      notes.push(`${hint.color}: the photo's lightness there, ${Math.round(level)}, has no such color, the nearest is ${other}.`);
    });
    if (points.length > limit) throw new Error(`too many hints: ${limit} points fit, fewer hints with a radius`);
  }
  return { points, notes };
}

function reach(radius, side) {
  return (String(radius).endsWith("%") ? side / 100 : 1) * parseFloat(radius);
}

function spots({ x, y }, radius, rings, width, height) {
  const found = [[y, x]];
  for (let ring = 1; ring <= rings; ring++) {
    for (let step = 0; step < 6 * ring; step++) {
      const angle = (2 * Math.PI * step) / (6 * ring);
      const row = y + ((radius * ring) / rings) * Math.sin(angle);
      const column = x + ((radius * ring) / rings) * Math.cos(angle);
      if (row >= 0 && row <= height - 1 && column >= 0 && column <= width - 1) found.push([row, column]);
    }
  }
  return found;
}

function lightnessAt({ data, width }, row, column, weights) {
  const start = 4 * (Math.floor(row + 0.5) * width + Math.floor(column + 0.5));
  return 116 * root(weights.reduce((sum, weight, i) => sum + weight * LINEAR[data[start + i]], 0)) - 16;
}
