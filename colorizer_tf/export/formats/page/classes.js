// A distribution over color classes to ab, a port of colorizer_tf/inference/distribution.py; what the
// classes are stands in model.json.

import { windowMean } from "./color.js";

// The mean of the classes at one place, a and b, with its chroma expanded.
function meanColor(logits, start, { centers, chroma_compression: compression, gain = 1 }, temperature) {
  const side = centers.length;
  let most = -Infinity;
  for (let i = 0; i < side * side; i++) most = Math.max(most, logits[start + i]);
  let [total, a, b] = [0, 0, 0];
  for (let i = 0; i < side * side; i++) {
    const likely = Math.exp((logits[start + i] - most) / temperature);
    total += likely;
    a += likely * centers[Math.floor(i / side)];
    b += likely * centers[i % side];
  }
  const chroma = Math.max(compression * Math.hypot(a / total, b / total), 1e-6);
  const factor = (gain * Math.expm1(chroma)) / chroma / total;
  return [a * factor, b * factor];
}

// The part of a coarse plane that lies under the photo, smoothly larger by the stride.
function enlarged(plane, columns, [high, wide], stride) {
  const [tall, broad] = [plane.length / columns, columns].map((count) => count * stride);
  const large = new Float32Array(tall * broad);
  for (let y = 0; y < tall; y++) {
    const row = Math.floor(y / stride) * columns;
    for (let x = 0; x < broad; x++) large[y * broad + x] = plane[row + Math.floor(x / stride)];
  }
  const smooth = windowMean(large, tall, broad, 2 * stride - 1);
  const out = new Float32Array(high * wide);
  for (let y = 0; y < high; y++) out.set(smooth.subarray(y * broad, y * broad + wide), y * wide);
  return out;
}

/** Ab, interleaved, of the logits that the network gives for a photo of these sides. */
export function colorOf({ data, dims }, sides, classes, temperature) {
  const [, rows, columns, count] = dims;
  const planes = [new Float32Array(rows * columns), new Float32Array(rows * columns)];
  for (let i = 0; i < rows * columns; i++) {
    const color = meanColor(data, i * count, classes, temperature);
    planes.forEach((plane, channel) => { plane[i] = color[channel]; });
  }
  const [a, b] = planes.map((plane) => enlarged(plane, columns, sides, classes.stride));
  return Float32Array.from({ length: 2 * a.length }, (_, i) => (i % 2 ? b : a)[i >> 1]);
}
