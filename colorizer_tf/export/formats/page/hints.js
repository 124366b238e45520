// Hints spread over a photo by kriging: a port of colorizer_tf/inference/hints, spread.py and kernel.py.

import { guidedLines, places } from "./color.js";
import { regionsOf, shared } from "./regions.js";

/** What the kernel sees of a photo; of a model without features for hints it is built on its ab. */
export class Places {
  constructor(lightness, sides, ab, features, { hints: entry, hint_constants: constants, ab_stride: stride }) {
    const [high, wide] = sides;
    const kernel = features ? entry : constants.untrained;
    const { dimensions, lightness: levels, position } = kernel;
    this.constants = constants;
    this.count = levels.length;
    this.size = dimensions + 3;
    this.coordinates = new Float32Array(high * wide * this.count * this.size);
    this.amplitudes = new Float32Array(high * wide * this.count);
    this.regions = regionsOf(lightness, sides, constants);
    const values = features ? enlarged(features, stride, sides) : null;
    const channels = this.count * (dimensions + 1);
    const unit = constants.position_unit * Math.sqrt(high * wide);
    const [least, most] = constants.amplitudes;
    for (let i = 0; i < high * wide; i++) {
      for (let c = 0; c < this.count; c++) {
        const start = (i * this.count + c) * this.size;
        for (let k = 0; k < dimensions; k++) {
          this.coordinates[start + k] = values ? values[i * channels + c * dimensions + k] : ab[2 * i + k] / constants.color_unit;
        }
        this.coordinates[start + dimensions] = (lightness[i] / constants.lightness_unit) * levels[c];
        this.coordinates[start + dimensions + 1] = (Math.floor(i / wide) / unit) * position[c];
        this.coordinates[start + dimensions + 2] = ((i % wide) / unit) * position[c];
        const logarithm = values ? values[i * channels + this.count * dimensions + c] : kernel.amplitudes[c];
        this.amplitudes[i * this.count + c] = Math.exp(Math.min(Math.max(logarithm, least), most));
      }
    }
  }

  likeness(i, j) {
    const remains = this.constants.remains[shared(this.regions, i, j)];
    if (!remains) return 0;
    let found = 0;
    for (let c = 0; c < this.count; c++) {
      const [one, two] = [(i * this.count + c) * this.size, (j * this.count + c) * this.size];
      let squares = 1;
      for (let k = 0; k < this.size; k++) {
        const way = this.coordinates[one + k] - this.coordinates[two + k];
        squares += way * way;
      }
      found += (this.amplitudes[i * this.count + c] * this.amplitudes[j * this.count + c]) / squares;
    }
    return remains * found;
  }
}

/** Ab with the detail that the merge gives it at its own size. */
export function sharpened(lightness, ab, sides, stride, color) {
  const lines = guidedLines(lightness, ab, sides, stride, color);
  return Float32Array.from(ab, (_, i) => lines[i % 2].slope[i >> 1] * lightness[i >> 1] + lines[i % 2].base[i >> 1]);
}

/** Ab, interleaved, that follows the points of a photo of height and width; sharp is the model's own. */
export function hinted(field, lightness, sharp, sides, points, [height, width], color) {
  const [high, wide] = sides;
  const onGrid = (at, small, large) => Math.min(Math.max(((at + 0.5) * small) / large - 0.5, 0), small - 1);
  const at = points.map(({ row, column }) => [onGrid(row, high, height), onGrid(column, wide, width)]);
  const pixels = at.map(([y, x]) => Math.round(y) * wide + Math.round(x));
  const levels = points.map(({ level }) => level);
  const own = lineAt(lightness, sharp, sides, at, levels, color);
  const asked = points.map(({ ab }, i) => ab ?? own[i]);
  const wanted = asked.map((ab, i) => ab.map((value, channel) => value - own[i][channel]));
  const solve = solverOf(pixels.map((i) => pixels.map((j) => field.likeness(i, j))), field.constants.jitter);
  const across = pixels.map((hint) => Float32Array.from(lightness, (_, i) => field.likeness(i, hint)));
  const ab = new Float32Array(sharp.length);
  for (let round = 0; round < field.constants.rounds; round++) {
    ab.set(sharp);
    for (const channel of [0, 1]) {
      const weights = solve(wanted.map((each) => each[channel]));
      across.forEach((likeness, k) => {
        for (let i = 0; i < likeness.length; i++) ab[2 * i + channel] += weights[k] * likeness[i];
      });
    }
    const found = lineAt(lightness, ab, sides, at, levels, color);
    wanted.forEach((each, i) => {
      for (const channel of [0, 1]) each[channel] += asked[i][channel] - found[i][channel];
    });
  }
  return ab;
}

// The ab that the lines give places between the pixels of a coarse picture.
function lineAt(lightness, ab, sides, at, levels, color) {
  const [high, wide] = sides;
  const lines = guidedLines(lightness, ab, sides, 1, color);
  return at.map(([y, x], i) => {
    const [top, left] = [Math.floor(y), Math.floor(x)];
    const [bottom, right] = [Math.min(top + 1, high - 1), Math.min(left + 1, wide - 1)];
    const mixed = (plane) => {
      const upper = plane[top * wide + left] * (1 - x + left) + plane[top * wide + right] * (x - left);
      const lower = plane[bottom * wide + left] * (1 - x + left) + plane[bottom * wide + right] * (x - left);
      return upper * (1 - y + top) + lower * (y - top);
    };
    return lines.map(({ slope, base }) => mixed(slope) * levels[i] + mixed(base));
  });
}

// Solves the system of a symmetric positive definite matrix, by Cholesky's factors.
function solverOf(matrix, jitter) {
  const rows = matrix.map((row, i) => Float64Array.from(row, (value, j) => (i === j ? value * (1 + jitter) : value)));
  const dot = (one, two, count) => {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += one[k] * two[k];
    return sum;
  };
  rows.forEach((row, i) => {
    for (let j = 0; j < i; j++) row[j] = (row[j] - dot(row, rows[j], j)) / rows[j][j];
    row[i] = Math.sqrt(row[i] - dot(row, row, i));
  });
  return (values) => {
    const found = Float64Array.from(values);
    rows.forEach((row, i) => { found[i] = (found[i] - dot(row, found, i)) / row[i]; });
    for (let i = rows.length - 1; i >= 0; i--) {
      for (let j = i + 1; j < rows.length; j++) found[i] -= rows[j][i] * found[j];
      found[i] /= rows[i][i];
    }
    return found;
  };
}

// The part of coarse features that lies under the photo, bilinear between the centers of cells.
function enlarged({ data, dims }, stride, [high, wide]) {
  const [, rows, columns, channels] = dims;
  const [above, down] = places(rows * stride, rows);
  const [left, right] = places(columns * stride, columns);
  const out = new Float32Array(high * wide * channels);
  for (let y = 0; y < high; y++) {
    const [upper, lower] = [above[y], Math.min(above[y] + 1, rows - 1)].map((row) => row * columns);
    for (let x = 0; x < wide; x++) {
      const next = Math.min(left[x] + 1, columns - 1);
      for (let c = 0; c < channels; c++) {
        const value = (row, column) => data[(row + column) * channels + c];
        const top = value(upper, left[x]) + (value(upper, next) - value(upper, left[x])) * right[x];
        const bottom = value(lower, left[x]) + (value(lower, next) - value(lower, left[x])) * right[x];
        out[(y * wide + x) * channels + c] = top + (bottom - top) * down[y];
      }
    }
  }
  return out;
}
