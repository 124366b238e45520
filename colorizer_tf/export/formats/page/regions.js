// Which places of a photo lie together, with no clear edge of L* between them: a port of
// colorizer_tf/inference/hints/regions.py.

import { windowMean } from "./color.js";

/** The region of each pixel of L* at each height: one Int32Array a height, equal for the same one. */
export function regionsOf(lightness, [high, wide], { noise, around, heights }) {
  const steps = edges(lightness, high, wide, noise, around);
  const calm = calmest(steps, high, wide);
  return heights.map((height) => {
    const numbers = components(steps, high, wide, height);
    return calm.map((index) => numbers[index]);
  });
}

/** How many heights' regions each pair of a place and a hint shares is what counts; that of one place
 * and the hint at another. */
export function shared(regions, one, two) {
  let count = 0;
  for (const numbers of regions) if (numbers[one] === numbers[two]) count += 1;
  return count;
}

function edges(lightness, high, wide, noise, around) {
  const at = (y, x) =>
    lightness[Math.min(Math.max(y, 0), high - 1) * wide + Math.min(Math.max(x, 0), wide - 1)];
  const across = (y, x) => at(y - 1, x) + 2 * at(y, x) + at(y + 1, x);
  const down = (y, x) => at(y, x - 1) + 2 * at(y, x) + at(y, x + 1);
  const steps = lightness.map((_, i) => {
    const [y, x] = [Math.floor(i / wide), i % wide];
    return Math.hypot(across(y, x + 1) - across(y, x - 1), down(y + 1, x) - down(y - 1, x)) / 4;
  });
  const mean = windowMean(steps, high, wide, around);
  return steps.map((step, i) => step / (noise + mean[i]));
}

// For each pixel the index of the one with the least step among it and its neighbors.
function calmest(steps, high, wide) {
  return Int32Array.from(steps, (least, i) => {
    const [y, x] = [Math.floor(i / wide), i % wide];
    let best = i;
    for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, high - 1); v++) {
      for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, wide - 1); u++) {
        if (steps[v * wide + u] < least) {
          best = v * wide + u;
          least = steps[best];
        }
      }
    }
    return best;
  });
}

// A number for each connected part below the height; what is not below is a part of its own.
function components(steps, high, wide, height) {
  const parent = Int32Array.from(steps, (_, i) => i);
  const root = (i) => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]];
    return i;
  };
  for (let i = 0; i < steps.length; i++) {
    if (!(steps[i] < height)) continue;
    if (i % wide && steps[i - 1] < height) parent[root(i)] = root(i - 1);
    if (i >= wide && steps[i - wide] < height) parent[root(i)] = root(i - wide);
  }
  return parent.map((_, i) => root(i));
}
