// The person's side of the sandbox over HTTP.

import { language } from "./words.js";

const KEY = "second-look-chat";

/** An answer that is an error; `status` 0 means that there was no answer. */
export class Failure extends Error {
  constructor(text, status = 0) {
    super(text);
    this.status = status;
  }
}

/** The number of this tab's person; it lives as long as the tab. */
function chatId() {
  let id = sessionStorage.getItem(KEY);
  if (!id) {
    id = String(100_000_000 + Math.floor(Math.random() * 900_000_000));
    sessionStorage.setItem(KEY, id);
  }
  return id;
}

/** Become someone new: the next load of the page begins a new chat. */
export function forgetPerson() {
  sessionStorage.removeItem(KEY);
}

function address(path, values) {
  const query = new URLSearchParams({ language_code: language(), ...values });
  return `/sandbox/chats/${chatId()}${path}?${query}`;
}

async function ask(path, values, options = {}) {
  let response;
  try {
    response = await fetch(address(path, values), options);
  } catch (error) {
    if (options.signal?.aborted && error.name === "AbortError") throw error;
    throw new Failure(String(error));
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    const text = body.description?.replace(/^Bad Request: /, "") ?? response.statusText;
    throw new Failure(text, response.status);
  }
  return body;
}

function post(path, body) {
  const form = body instanceof FormData;
  return ask(path, {}, {
    method: "POST",
    body: form ? body : JSON.stringify(body),
    headers: form ? {} : { "Content-Type": "application/json" },
  });
}

/** Where a file's bytes are; a file that is still being sent brings its own `url`. */
export function fileUrl(file) {
  return file.url ?? `/sandbox/files/${encodeURIComponent(file.file_id)}`;
}

export const api = {
  state: () => ask("", {}, { signal: AbortSignal.timeout(10_000) }),
  events: (after, wait, stop) =>
    ask("/events", { after, wait }, { signal: AbortSignal.any([stop, AbortSignal.timeout((wait + 10) * 1000)]) }),
  text: (text, reply) => post("/text", { text, reply_to_message_id: reply }),
  edit: (message, text) => post("/edit", { message_id: message, text, caption: text }),
  press: (message, data) => post("/press", { message_id: message, data }),
  block: (blocked) => post("/block", { blocked }),

  /** Send a file; `kind` is "photo" or "document". */
  upload(kind, file, { caption, reply, group }) {
    const form = new FormData();
    form.append("file", file, file.name || "photo");
    if (caption) form.append("caption", caption);
    if (reply) form.append("reply_to_message_id", reply);
    if (group) form.append("media_group_id", group);
    return post(`/${kind}`, form);
  },
};
