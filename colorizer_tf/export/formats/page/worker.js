// Runs the network and the merge, so that the page stays responsive. It lives under the page's
// Content-Security-Policy: nothing here can reach any other server.

import * as ort from "./runtime/ort.js";
import { colorOf } from "./classes.js";
import { guidedLines, merge, networkSides, smallLightness } from "./color.js";
import { Places, hinted, sharpened } from "./hints.js";
import { pointsOf } from "./points.js";

// What is shown need not be larger than screens are.
const SHOWN = 2400;

const loading = load();
let photo = null;

async function fetched(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name} is missing (${response.status})`);
  return response;
}

async function bytes(name, share) {
  const response = await fetched(name);
  const total = Number(response.headers.get("Content-Length")) || Infinity;
  const parts = [];
  let count = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    count += value.length;
    share(Math.min(count / total, 1));
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function load() {
  const info = await (await fetched("model.json")).json();
  const shares = [0, 0];
  const share = (which) => (value) => {
    shares[which] = value;
    postMessage({ type: "progress", value: (shares[0] + shares[1]) / 2 });
  };
  const [runtime, model] = await Promise.all([
    bytes("runtime/ort-wasm-simd-threaded.wasm", share(0)),
    bytes("model.onnx", share(1)),
  ]);
  // Threads would need headers that plain file servers do not send.
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = runtime.buffer;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  postMessage({ type: "ready", info });
  return { info, session };
}

async function take(bitmap) {
  const { info, session } = await loading;
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser has no room for a photo of that size");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const pixels = context.getImageData(0, 0, width, height);
  const before = await shown(canvas);
  const sides = networkSides(height, width, info.size);
  const lightness = smallLightness(pixels, sides, info.color.weights);
  const input = new ort.Tensor("float32", lightness, [1, ...sides, 1]);
  const outputs = await session.run({ lightness: input });
  if (!outputs.ab.data.every(Number.isFinite)) throw new Error("the model gave values that are no colors");
  photo = { canvas, context, pixels, sides, lightness, outputs };
  return before;
}

async function colored({ strength, temperature, hints }) {
  const { info } = await loading;
  const { canvas, context, pixels, sides, lightness, outputs } = photo;
  const ab = info.classes ? colorOf(outputs.logits, sides, info.classes, temperature ?? info.temperature) : outputs.ab.data;
  const { points, notes } = pointsOf(hints, pixels, sides[0] * sides[1], info.hint_constants, info.color);
  const result = new ImageData(pixels.width, pixels.height);
  if (points.length) {
    // The strength is of the model's own color.
    const led = lead(ab.map((value) => value * strength), points, info);
    merge(pixels, guidedLines(lightness, led, sides, 1, info.color), sides, 1, info.color, result.data);
  } else {
    const lines = guidedLines(lightness, ab, sides, info.ab_stride, info.color);
    merge(pixels, lines, sides, strength, info.color, result.data);
  }
  context.putImageData(result, 0, 0);
  return { after: await shown(canvas), notes };
}

// The model's ab led by points.
function lead(ab, points, info) {
  const { pixels, sides, lightness, outputs } = photo;
  const features = outputs.hint_features;
  // Features do not depend on the color, and are kept from hint to hint.
  const field = photo.field ?? new Places(lightness, sides, ab, features, info);
  if (features) photo.field = field;
  const sharp = sharpened(lightness, ab, sides, info.ab_stride, info.color);
  return hinted(field, lightness, sharp, sides, points, [pixels.height, pixels.width], info.color);
}

function shown(canvas) {
  const factor = Math.min(1, SHOWN / Math.max(canvas.width, canvas.height));
  const resizeWidth = Math.max(1, Math.round(canvas.width * factor));
  const resizeHeight = Math.max(1, Math.round(canvas.height * factor));
  return createImageBitmap(canvas, { resizeWidth, resizeHeight, resizeQuality: "high" });
}

async function encoded(type) {
  const { canvas } = photo;
  if (type === "image/png") return canvas.convertToBlob({ type });
  // JPEG knows no transparency: it lies over white.
  const opaque = new OffscreenCanvas(canvas.width, canvas.height);
  const context = opaque.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(canvas, 0, 0);
  return opaque.convertToBlob({ type, quality: 0.92 });
}

async function answer({ type, bitmap, name, request, format }) {
  if (type === "photo") {
    const before = await take(bitmap);
    const { after, notes } = await colored(request);
    const { width, height } = photo.pixels;
    postMessage({ type: "colored", before, after, notes, name, width, height }, [before, after]);
  } else if (type === "request") {
    const { after, notes } = await colored(request);
    postMessage({ type: "colored", after, notes }, [after]);
  } else {
    postMessage({ type: "encoded", blob: await encoded(format) });
  }
}

// One after the other: a photo may arrive while the one before it is still in work.
let last = loading.catch((error) => postMessage({ type: "broken", reason: error.message }));
onmessage = ({ data }) => {
  last = last
    .then(() => answer(data))
    .catch((error) => postMessage({ type: "failed", reason: error.message }));
};
