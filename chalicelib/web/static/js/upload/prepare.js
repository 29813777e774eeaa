import { isSharp } from "./sharpness.js";

const EDGE = 2000;
const QUALITY = 0.82;
// Two dots side by side, with a camera's note to turn them: who heeds it sees one above the other.
const TURNED =
  "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAIBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z";

let heeded;

/**
 * Shrink a photo before it travels; the place it was taken at stays on the phone.
 * What this browser cannot decode or would turn wrongly goes as it is: the server can.
 */
export async function prepare(file) {
  try {
    heeded = heeded || load(TURNED).then((image) => image.naturalWidth === 1);
    if (await heeded) {
      return await shrink(file);
    }
  } catch {
    // not for this browser
  }
  return { blob: file, sharp: true };
}

async function shrink(file) {
  const address = URL.createObjectURL(file);
  try {
    const canvas = draw(await load(address));
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    return { blob: blob || file, sharp: isSharp(canvas) };
  } finally {
    URL.revokeObjectURL(address);
  }
}

function load(address) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = reject;
    image.src = address;
  });
}

function draw(image) {
  const { naturalWidth: width, naturalHeight: height } = image;
  const scale = Math.min(1, EDGE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}
