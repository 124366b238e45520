// Between a photo's own pixels and the network: L* down, ab up and onto the photo's own L*. A port of
// colorizer_tf/color/merge; what it takes for constants stands in model.json, from colorizer_tf/color/conversion.py.
//
// f is the cube root that CIELAB is made of: L* = 116 f - 16; a* and b* shift it for X and Z.

const EPSILON = (6 / 29) ** 3;
const SLOPE = (29 / 6) ** 2 / 3;
const OFFSET = 16 / 116;
const BISECTIONS = 8;
export const SLACK = 2e-5;

export const LINEAR = Float32Array.from({ length: 256 }, (_, code) => {
  const value = code / 255;
  return value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
});

// Codes by the square root of linear light, which spreads the steep beginning: within 0.02 of a code.
const STEPS = 16384;
const CODE = Float32Array.from({ length: STEPS + 1 }, (_, index) => {
  const linear = (index / STEPS) ** 2;
  return 255 * (linear > 0.0031308 ? 1.055 * linear ** (1 / 2.4) - 0.055 : linear * 12.92);
});

export const code = (linear) => CODE[Math.round(Math.sqrt(Math.min(Math.max(linear, 0), 1)) * STEPS)];
export const root = (y) => (y > EPSILON ? Math.cbrt(y) : SLOPE * y + OFFSET);
export const cube = (f) => (f > 6 / 29 ? f * f * f : (f - OFFSET) / SLOPE);

function levels(rgba, width, y, weights, f) {
  const [red, green, blue] = weights;
  for (let x = 0, i = 4 * width * y; x < width; x++, i += 4) {
    f[x] = root(red * LINEAR[rgba[i]] + green * LINEAR[rgba[i + 1]] + blue * LINEAR[rgba[i + 2]]);
  }
}

/** Height and width at which color is predicted: the photo's aspect, the area of size squared. */
export function networkSides(height, width, size) {
  const factor = size / Math.sqrt(height * width);
  return [height, width].map((side) => Math.min(Math.max(Math.round(side * factor), 1), size * size));
}

/** L* at another size: the mean over each cell where the photo shrinks. */
export function smallLightness({ data, width, height }, [high, wide], weights) {
  const cells = areaMeans(data, width, height, Math.min(high, height), Math.min(wide, width), weights);
  return enlarged(cells, Math.min(high, height), Math.min(wide, width), high, wide);
}

function areaMeans(rgba, width, height, high, wide, weights) {
  const f = new Float32Array(width);
  const sums = new Float64Array(high * wide);
  for (let y = 0; y < height; y++) {
    levels(rgba, width, y, weights, f);
    const top = Math.floor((y * high) / height);
    const bottom = Math.floor(((y + 1) * high - 1) / height);
    const below = bottom === top ? 0 : ((y + 1) * high - bottom * height) / high;
    for (let j = 0; j < wide; j++) {
      const first = Math.floor((j * width) / wide);
      const last = Math.floor(((j + 1) * width - 1) / wide);
      let total = 0;
      for (let x = first; x <= last; x++) total += f[x];
      total -= (f[first] * (j * width - first * wide)) / wide;
      total -= (f[last] * ((last + 1) * wide - (j + 1) * width)) / wide;
      sums[top * wide + j] += (1 - below) * total;
      if (below) sums[bottom * wide + j] += below * total;
    }
  }
  const scale = (116 * high * wide) / (height * width);
  return Float32Array.from(sums, (sum) => sum * scale - 16);
}

// For each of count pixels the one before it on a grid of small, and the way onward; pixel centers
// lie at half integers, and beyond the outermost the edge goes on.
export function places(count, small) {
  const before = new Int32Array(count);
  const way = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const at = Math.min(Math.max(((i + 0.5) * small) / count - 0.5, 0), small - 1);
    before[i] = Math.floor(at);
    way[i] = at - before[i];
  }
  return [before, way];
}

function enlarged(plane, high, wide, height, width) {
  if (high === height && wide === width) return plane;
  const [above, down] = places(height, high);
  const [left, right] = places(width, wide);
  const out = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    const upper = above[y] * wide;
    const lower = Math.min(above[y] + 1, high - 1) * wide;
    for (let x = 0; x < width; x++) {
      const j = left[x];
      const k = Math.min(j + 1, wide - 1);
      const top = plane[upper + j] + (plane[upper + k] - plane[upper + j]) * right[x];
      const bottom = plane[lower + j] + (plane[lower + k] - plane[lower + j]) * right[x];
      out[y * width + x] = top + (bottom - top) * down[y];
    }
  }
  return out;
}

// The mean over a window; at the border, over the part of it that lies inside.
export function windowMean(values, high, wide, side) {
  const reach = (side - 1) / 2;
  const out = new Float32Array(values.length);
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      let total = 0;
      let count = 0;
      for (let v = Math.max(y - reach, 0); v <= Math.min(y + reach, high - 1); v++) {
        for (let u = Math.max(x - reach, 0); u <= Math.min(x + reach, wide - 1); u++) {
          total += values[v * wide + u];
          count += 1;
        }
      }
      out[y * wide + x] = total / count;
    }
  }
  return out;
}

// L* at a coarser size and back, in the way that the network enlarges its ab.
function asCoarse(lightness, high, wide, stride) {
  if (stride === 1) return lightness;
  const mirrored = (i, count) => (i < count ? i : 2 * count - 1 - i);
  const large = new Float32Array(lightness.length);
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const top = y - (y % stride);
      const left = x - (x % stride);
      let total = 0;
      for (let v = top; v < top + stride; v++) {
        for (let u = left; u < left + stride; u++) {
          total += lightness[mirrored(v, high) * wide + mirrored(u, wide)];
        }
      }
      large[y * wide + x] = total / (stride * stride);
    }
  }
  return windowMean(large, high, wide, 2 * stride - 1);
}

/** The lines of ab over L* at each pixel of the coarse picture, see colorizer_tf/color/merge/guided.py. */
export function guidedLines(lightness, ab, [high, wide], stride, { window, epsilon, steepest }) {
  const mean = (values) => windowMean(values, high, wide, window);
  const times = (one, other) => one.map((value, i) => value * other[i]);
  const blurred = asCoarse(lightness, high, wide, stride);
  const middle = mean(blurred);
  const spread = mean(times(blurred, blurred)).map((v, i) => v - middle[i] * middle[i] + epsilon);
  return [0, 1].map((channel) => {
    const values = blurred.map((_, i) => ab[2 * i + channel]);
    const own = mean(values);
    const shared = mean(times(blurred, values)).map((v, i) => (v - middle[i] * own[i]) / spread[i]);
    const slope = mean(shared).map((v) => Math.min(Math.max(v, -steepest), steepest));
    return { slope, base: values.map((v, i) => v - slope[i] * blurred[i]) };
  });
}

/** Writes the photo in color: its own L*, exactly, and ab of the lines. Where the two leave sRGB,
 * chroma gives way. */
export function merge({ data, width, height }, lines, [high, wide], strength, constants, out) {
  const { weights, matrix } = constants;
  const grid = [
    lines[0].slope.map((v) => (v * strength * 116) / 500),
    lines[1].slope.map((v) => (v * strength * 116) / 200),
    lines[0].base.map((v, i) => ((v - 16 * lines[0].slope[i]) * strength) / 500),
    lines[1].base.map((v, i) => ((v - 16 * lines[1].slope[i]) * strength) / 200),
  ];
  const [above, down] = places(height, high);
  const [left, right] = places(width, wide);
  const row = grid.map(() => new Float32Array(wide + 1));
  const f = new Float32Array(width);
  const linear = new Float64Array(3);

  const mix = (level, a, b) => {
    const x = cube(level + a);
    const y = cube(level);
    const z = cube(level - b);
    for (let i = 0; i < 3; i++) linear[i] = matrix[i][0] * x + matrix[i][1] * y + matrix[i][2] * z;
  };
  const outside = () =>
    Math.min(linear[0], linear[1], linear[2]) < -SLACK ||
    Math.max(linear[0], linear[1], linear[2]) > 1 + SLACK;
  const fit = (level, a, b) => {
    let low = 0;
    let far = 1;
    for (let i = 0; i < BISECTIONS; i++) {
      const middle = (low + far) / 2;
      mix(level, a * middle, b * middle);
      if (outside()) far = middle;
      else low = middle;
    }
    mix(level, a * low, b * low);
  };

  for (let y = 0; y < height; y++) {
    const upper = above[y] * wide;
    const lower = Math.min(above[y] + 1, high - 1) * wide;
    for (let channel = 0; channel < 4; channel++) {
      const plane = grid[channel];
      for (let j = 0; j < wide; j++) {
        row[channel][j] = plane[upper + j] + (plane[lower + j] - plane[upper + j]) * down[y];
      }
      row[channel][wide] = row[channel][wide - 1];
    }
    levels(data, width, y, weights, f);
    const [slopeA, slopeB, baseA, baseB] = row;
    for (let x = 0, i = 4 * width * y; x < width; x++, i += 4) {
      const j = left[x];
      const t = right[x];
      const at = (line) => line[j] + (line[j + 1] - line[j]) * t;
      const a = at(slopeA) * f[x] + at(baseA);
      const b = at(slopeB) * f[x] + at(baseB);
      mix(f[x], a, b);
      if (outside()) fit(f[x], a, b);
      out[i] = code(linear[0]);
      out[i + 1] = code(linear[1]);
      out[i + 2] = code(linear[2]);
      out[i + 3] = data[i + 3];
    }
  }
}
