// What is being sent: shown at once, and kept with a way to try again when it fails.

import { api } from "./api.js";
import { current } from "./place.js";
import { store } from "./store.js";
import { word } from "./words.js";

const ALBUM = 10;

let count = 0;
// By the ids of the messages shown meanwhile, what goes together: {messages, send, done}; `send` answers what they became.
const parcels = new Map();

function pendingMessage(content) {
  count += 1;
  const { id, first_name } = current();
  const from = { id, first_name, is_bot: false };
  return { message_id: `p${count}`, from, date: Math.floor(Date.now() / 1000), pending: "sending", ...content };
}

/** Send a text, in reply to `reply` if given. */
export function sendText(text, reply) {
  const as = current().id;
  const message = pendingMessage({ text, reply_to_message: reply });
  enqueue({ messages: [message], send: async () => [await api.text(text, reply?.message_id, as)] });
}

/**
 * Send files of one `kind` ("photo" or "document"), several as albums of ten. `shots` are {file, url, width, height};
 * the caption and the reply go with the first.
 */
export function sendFiles(kind, shots, caption, reply) {
  for (let begin = 0; begin < shots.length; begin += ALBUM) {
    const first = begin === 0;
    sendTogether(kind, shots.slice(begin, begin + ALBUM), first ? caption : "", first ? reply : undefined);
  }
}

function sendTogether(kind, shots, caption, reply) {
  const as = current().id;
  const group = shots.length > 1 ? `g${count}` : undefined;
  const messages = shots.map((shot, index) => {
    const { file, url, width, height } = shot;
    const document = { url, file_name: file.name, file_size: file.size, mime_type: file.type };
    return pendingMessage({
      ...(kind === "photo" ? { photo: [{ url, width, height }] } : { document }),
      ...(caption && index === 0 ? { caption } : {}),
      ...(group ? { media_group_id: group } : {}),
      ...(reply ? { reply_to_message: reply } : {}),
    });
  });
  const files = shots.map((shot) => shot.file);
  const details = { caption, reply: reply?.message_id, as };
  enqueue({
    messages,
    send: () => api.upload(kind, files, details),
    asFile: kind === "photo" ? () => api.upload("document", files, details) : undefined,
    done: () => shots.forEach((shot) => URL.revokeObjectURL(shot.url)),
  });
}

/** Try again what a failed message belongs to. What was refused as photos goes as files. */
export function retry(message) {
  const failed = take(message);
  const again = failed.refused ? failed.asFile : failed.send;
  const messages = failed.messages.map((one) => ({ ...one, pending: "sending" }));
  enqueue({ ...failed, messages, send: again, asFile: undefined, refused: undefined });
}

/** Give up what a failed message belongs to. */
export function discard(message) {
  take(message).done?.();
  store.change();
}

function take(message) {
  const failed = parcels.get(message.message_id);
  forget(failed);
  return failed;
}

function forget({ messages }) {
  const ids = new Set(messages.map((message) => message.message_id));
  for (const id of ids) parcels.delete(id);
  store.pending = store.pending.filter((message) => !ids.has(message.message_id));
}

let line = Promise.resolve();

/** Send one after another, so that messages keep their order. */
function enqueue(going) {
  for (const message of going.messages) parcels.set(message.message_id, going);
  store.pending.push(...going.messages);
  store.change();
  store.notice("sent");
  line = line.then(() => deliver(going));
}

async function deliver(going) {
  try {
    for (const message of await store.sending(going.send)) store.put(message);
    forget(going);
    going.done?.();
  } catch (failure) {
    going.refused = failure.status === 400 && Boolean(going.asFile);
    const { refused } = going;
    const error = failure.status === 0 ? word("unreached") : refused ? word("notPhoto") : failure.message;
    const ids = new Set(going.messages.map((message) => message.message_id));
    store.pending = store.pending.map((message) =>
      ids.has(message.message_id) ? { ...message, pending: "failed", error, refused } : message,
    );
    if (failure.status === 0) store.check();
  }
  store.change();
}
