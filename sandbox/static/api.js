// The person's side of the sandbox over HTTP.

import { chatId, identity } from "./place.js";

/** An answer that is an error; `status` 0 means that there was no answer. */
export class Failure extends Error {
  constructor(text, status = 0) {
    super(text);
    this.status = status;
  }
}

function address(path, values) {
  const query = new URLSearchParams({ ...identity(values.as), ...values });
  query.delete("as");
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

/** Post as the person with the number `as`; left out, it is who writes now. */
function post(path, body, as) {
  const form = body instanceof FormData;
  return ask(path, as === undefined ? {} : { as }, {
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
  text: (text, reply, as) => post("/text", { text, reply_to_message_id: reply }, as),
  edit: ({ message_id, from }, text) => post("/edit", { message_id, text, caption: text }, from.id),
  remove: (messages) => post("/delete", { message_ids: messages.map((message) => message.message_id) }),
  press: (message, data) => post("/press", { message_id: message, data }),
  block: (blocked) => post("/block", { blocked }),
  member: (status) => post("/member", { status }),

  /** Send a file, several as an album; `kind` is "photo" or "document". Answers an array of messages. */
  async upload(kind, files, { caption, reply, as }) {
    const form = new FormData();
    for (const [index, file] of files.entries()) {
      form.append(files.length > 1 ? `file${index}` : "file", file, file.name || "photo");
    }
    if (caption) form.append("caption", caption);
    if (reply) form.append("reply_to_message_id", reply);
    if (files.length === 1) return [await post(`/${kind}`, form, as)];
    form.append("kind", kind);
    return post("/album", form, as);
  },
};
