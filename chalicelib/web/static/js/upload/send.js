import { OFFLINE, SLOW } from "./words.js";

const PATIENCE_MS = 90000;

/** An error whose message is meant for the person. */
export class Said extends Error {}

/** Ask for a form that sends one picture: {id, url, fields}. */
export function begin(purpose, blob, token) {
  const type = /^image\/(jpeg|png|webp)$/.test(blob.type) ? blob.type : "image/jpeg";
  return ask("/documents", { purpose, token, content_type: type, size: blob.size });
}

/** Forget a picture. When that fails, it expires by itself. */
export function forget(id, token) {
  return ask(`/documents/${id}/delete`, { token }).catch(() => null);
}

/** Send the picture straight to the bucket; `progress` hears percents. */
export function put(request, form, blob, progress) {
  const body = new FormData();
  Object.entries(form.fields).forEach(([name, value]) => body.append(name, value));
  body.append("file", blob);
  return new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => progress((100 * event.loaded) / event.total);
    request.onload = () => (request.status < 300 ? resolve() : reject(new Said(OFFLINE)));
    request.onerror = request.onabort = request.ontimeout = () => reject(new Said(OFFLINE));
    request.open("POST", form.url);
    request.send(body);
  });
}

/** Wait until the picture has been checked: {state, reason}. */
export async function checked(id) {
  const end = Date.now() + PATIENCE_MS;
  for (let wait = 500; Date.now() < end; wait = Math.min(wait * 1.4, 4000)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    const answer = await ask(`/documents/${id}`);
    if (answer.state !== "waiting") {
      return answer;
    }
  }
  throw new Said(SLOW);
}

async function ask(path, fields) {
  const response = await fetch(path, {
    method: fields ? "POST" : "GET",
    headers: { Accept: "application/json" },
    body: fields && new URLSearchParams(fields),
    credentials: "same-origin",
  });
  const answer = await response.json();
  if (!answer.ok) {
    throw new Said(Object.values(answer.errors)[0]);
  }
  return answer;
}
