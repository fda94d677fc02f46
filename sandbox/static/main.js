// The chat page: puts the parts together.

import { api } from "./api.js";
import { startAttaching } from "./attach.js";
import { command, edit, renderComposer, reply, startComposer, takeReply } from "./composer.js";
import { alertBox, byId, icon, make, toast } from "./dom.js";
import { renderGroup, setStatus, startGroup } from "./group.js";
import { openMenu, startMenu } from "./menu.js";
import { discard, retry, sendFiles, sendText } from "./outbox.js";
import { forgetPerson, inGroup, wish } from "./place.js";
import { store } from "./store.js";
import { startSwiping } from "./swipe.js";
import { arrived, doing, jump, render, say, toBottom, watchScrolling } from "./view.js";
import { openViewer, startViewer } from "./viewer.js";
import { language, LANGUAGES, speak, word } from "./words.js";

const LANGUAGE_KEY = "second-look-language";
const HINTS = [["photo", "hintPhoto"], ["chest", "hintChest"], ["lock", "hintPrivate"]];
const GROUP_HINTS = [["talk", "hintAsked"], ["reply", "hintReply"], ["lock", "hintTalk"]];

let wished = wish;

const does = {
  command,
  edit,
  reply,
  retry,
  discard,
  jump,
  open: (message) => message.pending || openViewer(message),
  press,
  menu: openMenu,
  copy: (message) => copy(message.text ?? message.caption, word("copied")),
  copyText: (text) => copy(text, word("copiedText", { text })),
  async remove(messages) {
    await attempt(() => api.remove(messages));
  },
};

async function copy(text, said) {
  await attempt(() => navigator.clipboard?.writeText(text));
  toast(said);
}

async function attempt(act) {
  try {
    await act();
  } catch (error) {
    toast(error.message);
  }
}

async function press(message, button) {
  if (!button.callback_data || store.pressed.has(`${message.message_id}:${button.callback_data}`)) return;
  store.hold(message.message_id, button.callback_data);
  await attempt(() => api.press(message.message_id, button.callback_data));
}

function status() {
  if (store.connection === "lost") return word("lostStatus");
  if (!store.loaded) return word("connecting");
  const group = inGroup() && `${word("groupPeople")}${store.blocked ? "" : `, ${store.bot.name}`}`;
  return doing() || group || word(store.bot.online ? "online" : "offline");
}

function draw() {
  const name = inGroup() ? word("groupTitle") : store.bot.name;
  document.title = name;
  document.body.classList.toggle("group", inGroup());
  byId("name").textContent = name;
  byId("status").textContent = status();
  byId("status").classList.toggle("busy", Boolean(store.action) && store.connection === "online");
  byId("status").classList.toggle("here", store.bot.online && store.connection === "online");
  byId("banner").hidden = store.connection !== "lost";
  const empty = store.loaded && store.messages.size === 0 && store.pending.length === 0;
  byId("welcome").hidden = !empty;
  byId("welcome-name").textContent = name;
  const about = store.bot.description || store.bot.short_description || word("about");
  byId("welcome-about").textContent = inGroup() ? word("groupAbout") : about;
  const hints = inGroup() ? GROUP_HINTS : HINTS;
  byId("hints").replaceChildren(
    ...hints.map(([sign, key]) => make("li", {}, icon(sign), make("span", { text: word(key) }))),
  );
  byId("start").textContent = word(inGroup() ? "addBot" : "start");
  byId("again").hidden = !wished || empty || !store.loaded;
  byId("block").hidden = store.blocked || empty || inGroup();
  for (const button of byId("language").children) {
    button.setAttribute("aria-pressed", String(button.value === language()));
  }
  renderComposer((inGroup() && empty) || !byId("again").hidden);
  renderGroup(empty);
  render(does);
}

function notice({ detail }) {
  if (detail.kind === "sent") toBottom();
  if (detail.kind === "restarted") toast(word("restarted"));
  if (detail.kind === "message") arrived(detail.message);
  if (detail.kind === "edited") say(detail.message);
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
  await attempt(() => api.block(blocked));
}

/** What the button of the welcome does: as in Telegram, the word of a link goes along with /start. */
function start() {
  if (inGroup()) {
    setStatus("member");
    return;
  }
  sendText(wished ? `/start ${wished}` : "/start");
  wished = "";
  history.replaceState(null, "", "/");
  draw();
}

function begin() {
  const wished = localStorage.getItem(LANGUAGE_KEY) ?? navigator.language.slice(0, 2);
  speak(LANGUAGES.includes(wished) ? wished : "en");
  for (const button of byId("language").children) button.addEventListener("click", () => chooseLanguage(button.value));
  byId("start").addEventListener("click", start);
  byId("again").addEventListener("click", start);
  byId("block").addEventListener("click", () => setBlocked(true));
  byId("unblock").addEventListener("click", () => setBlocked(false));
  byId("someone-new").addEventListener("click", () => {
    forgetPerson();
    location.reload();
  });
  startComposer();
  startViewer();
  startAttaching((kind, shots, caption) => sendFiles(kind, shots, caption, takeReply()));
  startMenu();
  startGroup(() => {
    draw();
    store.reload();
  });
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
