// What is being sent: shown at once, and kept with a way to try again when it fails.

import { api } from "./api.js";
import { store } from "./store.js";
import { word } from "./words.js";

let count = 0;

function pendingMessage(content) {
  count += 1;
  const from = { is_bot: false };
  return { message_id: `p${count}`, from, date: Math.floor(Date.now() / 1000), pending: "sending", ...content };
}

/** Send a text, in reply to `reply` if given. */
export function sendText(text, reply) {
  const message = pendingMessage({ text, reply_to_message: reply });
  message.send = () => api.text(text, reply?.message_id);
  enqueue([message]);
}

/**
 * Send files of one `kind` ("photo" or "document"), several as an album. `shots` are {file, url, width, height};
 * the caption goes with the first.
 */
export function sendFiles(kind, shots, caption, reply) {
  const group = shots.length > 1 ? String(Date.now()) + Math.floor(Math.random() * 1000) : undefined;
  const messages = shots.map((shot, index) => {
    const words = index === 0 ? caption : "";
    const document = { url: shot.url, file_name: shot.file.name, file_size: shot.file.size, mime_type: shot.file.type };
    const message = pendingMessage({
      ...(kind === "photo" ? { photo: [{ url: shot.url, width: shot.width, height: shot.height }] } : { document }),
      ...(words ? { caption: words } : {}),
      ...(group ? { media_group_id: group } : {}),
      ...(index === 0 && reply ? { reply_to_message: reply } : {}),
    });
    const details = { caption: words, reply: reply?.message_id };
    message.send = () => api.upload(kind, shot.file, { ...details, group });
    if (kind === "photo") message.asFile = () => api.upload("document", shot.file, details);
    message.done = () => URL.revokeObjectURL(shot.url);
    return message;
  });
  enqueue(messages);
}

/** Try a failed message again; the rest of its album goes with it. What was refused as a photo goes as a file. */
export function retry(message) {
  const group = together(message);
  store.pending = store.pending.filter((other) => !group.includes(other));
  enqueue(
    group.map((other) => {
      const again = { ...other, pending: "sending", error: undefined, refused: undefined };
      return other.refused ? { ...again, send: other.asFile, asFile: undefined, media_group_id: undefined } : again;
    }),
  );
}

/** Give a failed message up. */
export function discard(message) {
  const group = together(message);
  for (const other of group) other.done?.();
  store.pending = store.pending.filter((other) => !group.includes(other));
  store.change();
}

function together(message) {
  if (!message.media_group_id) return store.pending.filter((other) => other.message_id === message.message_id);
  return store.pending.filter((other) => other.media_group_id === message.media_group_id && other.pending === "failed");
}

let line = Promise.resolve();

/** Send one after another, so that messages keep their order. */
function enqueue(messages) {
  store.pending.push(...messages);
  store.change();
  store.notice("sent");
  line = line.then(async () => {
    for (const message of messages) await deliver(message);
  });
}

async function deliver(message) {
  try {
    store.put(await message.send());
    message.done?.();
    store.pending = store.pending.filter((other) => other.message_id !== message.message_id);
  } catch (failure) {
    const refused = failure.status === 400 && Boolean(message.asFile);
    const error = failure.status === 0 ? word("unreached") : refused ? word("notPhoto") : failure.message;
    store.pending = store.pending.map((other) =>
      other.message_id === message.message_id ? { ...other, pending: "failed", error, refused } : other,
    );
    if (failure.status === 0) store.check();
  }
  store.change();
}
