// The chat page: puts the parts together.

import { api, forgetPerson } from "./api.js";
import { startAttaching } from "./attach.js";
import { command, edit, renderComposer, reply, startComposer, takeReply } from "./composer.js";
import { alertBox, byId, toast } from "./dom.js";
import { discard, retry, sendFiles, sendText } from "./outbox.js";
import { store } from "./store.js";
import { startSwiping } from "./swipe.js";
import { arrived, doing, jump, render, toBottom, watchScrolling } from "./view.js";
import { openViewer, startViewer } from "./viewer.js";
import { language, LANGUAGES, speak, word } from "./words.js";

const LANGUAGE_KEY = "second-look-language";

const does = {
  command,
  edit,
  reply,
  retry,
  discard,
  jump,
  open: (message) => message.pending || openViewer(message),
  press,
  async copy(message) {
    await navigator.clipboard?.writeText(message.text ?? message.caption);
    toast(word("copied"));
  },
};

async function press(message, button) {
  if (!button.callback_data || store.pressed.has(`${message.message_id}:${button.callback_data}`)) return;
  store.hold(message.message_id, button.callback_data);
  try {
    await api.press(message.message_id, button.callback_data);
  } catch (error) {
    toast(error.message);
  }
}

function status() {
  if (store.connection === "lost") return word("lostStatus");
  if (!store.loaded) return word("connecting");
  return doing() || word(store.bot.online ? "online" : "offline");
}

function draw() {
  document.title = store.bot.name;
  byId("name").textContent = store.bot.name;
  byId("status").textContent = status();
  byId("status").classList.toggle("busy", Boolean(store.action) && store.connection === "online");
  byId("status").classList.toggle("here", store.bot.online && store.connection === "online");
  byId("banner").hidden = store.connection !== "lost";
  const empty = store.loaded && store.messages.size === 0 && store.pending.length === 0;
  byId("welcome").hidden = !empty;
  byId("welcome-name").textContent = store.bot.name;
  byId("welcome-about").textContent = store.bot.description || store.bot.short_description || word("about");
  byId("block").hidden = store.blocked || empty;
  for (const button of byId("language").children) {
    button.setAttribute("aria-pressed", String(button.value === language()));
  }
  renderComposer();
  render(does);
}

function notice({ detail }) {
  if (detail.kind === "sent") toBottom();
  if (detail.kind === "restarted") toast(word("restarted"));
  if (detail.kind === "message") arrived(detail.message);
  if (detail.kind === "answer" && detail.text) (detail.show_alert ? alertBox : toast)(detail.text);
}

function chooseLanguage(code) {
  localStorage.setItem(LANGUAGE_KEY, code);
  speak(code);
  draw();
  store.reload();
}

async function setBlocked(blocked) {
  byId("menu").hidePopover();
  try {
    await api.block(blocked);
  } catch (error) {
    toast(error.message);
  }
}

function begin() {
  const wished = localStorage.getItem(LANGUAGE_KEY) ?? navigator.language.slice(0, 2);
  speak(LANGUAGES.includes(wished) ? wished : "en");
  for (const button of byId("language").children) button.addEventListener("click", () => chooseLanguage(button.value));
  byId("start").addEventListener("click", () => sendText("/start"));
  byId("block").addEventListener("click", () => setBlocked(true));
  byId("unblock").addEventListener("click", () => setBlocked(false));
  byId("someone-new").addEventListener("click", () => {
    forgetPerson();
    location.reload();
  });
  startComposer();
  startViewer();
  startAttaching((kind, shots, caption) => sendFiles(kind, shots, caption, takeReply()));
  startSwiping(byId("messages"), (node) => {
    const message = store.messages.get(Number(node.dataset.id));
    if (message) reply(message);
  });
  watchScrolling();
  addEventListener("offline", () => store.check());
  store.addEventListener("change", draw);
  store.addEventListener("notice", notice);
  draw();
  store.follow();
}

begin();
