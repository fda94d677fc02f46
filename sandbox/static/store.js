// What the page knows of the chat, and keeping it up to date.

import { api, Failure } from "./api.js";

const EVENT_SECONDS = 25;
const ACTION_SECONDS = 5.5;
const PRESS_SECONDS = 12;

/** The chat. Listeners get "change" after anything changed, and "notice" with a detail for what happens once. */
class Store extends EventTarget {
  server = null;
  last = 0;
  connection = "connecting";
  loaded = false;
  bot = { name: "Second Look", commands: [], online: false, description: "" };
  blocked = false;
  status = "member";
  keyboard = null;
  readUpTo = 0;
  messages = new Map();
  reactions = new Map();
  pending = [];
  pressed = new Set();
  action = null;

  #actionTimer = 0;
  #stop = new AbortController();
  #sending = 0;
  #early = [];

  change() {
    this.dispatchEvent(new Event("change"));
  }

  notice(kind, detail = {}) {
    this.dispatchEvent(new CustomEvent("notice", { detail: { kind, ...detail } }));
  }

  /** Keep the store like the server's chat for as long as the page lives. */
  async follow() {
    for (let failures = 0; ; ) {
      try {
        if (!this.loaded) await this.#load();
        // After a failure an answer is wanted at once: it tells that the server is back.
        const wait = this.connection === "online" ? EVENT_SECONDS : 0;
        const answer = await api.events(this.last, wait, this.#stop.signal);
        failures = 0;
        if (answer.server !== this.server) {
          this.loaded = false;
          continue;
        }
        this.connection = "online";
        this.bot.online = answer.online;
        for (const event of answer.events) {
          if (event.id > this.last + 1) this.loaded = false;
          this.last = event.id;
          await this.#apply(event);
        }
        this.change();
      } catch (error) {
        if (error.name === "AbortError") {
          this.#stop = new AbortController();
          continue;
        }
        if (error instanceof Failure && error.status >= 400 && error.status < 500) this.loaded = false;
        failures += 1;
        this.connection = "lost";
        this.change();
        await nap(Math.min(5000, 400 * 2 ** failures));
      }
    }
  }

  /** Ask the server for everything anew, as after a change of the language. */
  reload() {
    this.loaded = false;
    this.check();
  }

  /** Find out at once whether the server can be reached. */
  check() {
    this.#stop.abort();
  }

  async #load() {
    const state = await api.state();
    if (this.server !== null && this.server !== state.server) this.notice("restarted");
    this.server = state.server;
    this.last = state.last;
    this.bot = state.bot;
    this.blocked = state.blocked;
    this.status = state.status;
    this.keyboard = state.keyboard;
    this.readUpTo = state.read_up_to;
    this.messages = new Map(state.messages.map((message) => [message.message_id, message]));
    this.reactions = new Map(Object.entries(state.reactions).map(([id, reactions]) => [Number(id), reactions]));
    this.loaded = true;
    this.connection = "online";
    this.change();
  }

  async #apply(event) {
    switch (event.type) {
      case "message":
        if (this.#sending > 0 && !event.message.from.is_bot) this.#early.push(event.message);
        else this.put(event.message);
        if (event.message.from.is_bot) {
          this.#act(null);
          this.notice("message", { message: event.message });
        }
        break;
      case "edited":
        this.put(event.message);
        this.#release(event.message.message_id);
        if (event.message.from.is_bot) this.notice("edited", { message: event.message });
        break;
      case "deleted":
        this.messages.delete(event.message_id);
        break;
      case "reaction":
        this.reactions.set(event.message_id, event.reactions);
        break;
      case "action":
        this.#act(event.action);
        break;
      case "read":
        this.readUpTo = event.message_id;
        break;
      case "callback_answer":
        this.#release(event.message_id);
        this.notice("answer", event);
        break;
      case "keyboard":
        this.keyboard = event.keyboard;
        break;
      case "blocked":
        this.blocked = event.blocked;
        this.status = event.status;
        break;
      case "bot":
        this.bot = (await api.state()).bot;
        break;
    }
  }

  /** Take in a message; known ones are replaced. Answers may overtake each other, the order is that of the numbers. */
  put(message) {
    const last = [...this.messages.keys()].at(-1) ?? 0;
    const late = !this.messages.has(message.message_id) && message.message_id < last;
    this.messages.set(message.message_id, message);
    if (late) this.messages = new Map([...this.messages].sort(([one], [other]) => one - other));
  }

  /** Carry out the sending of something. What the chat tells of it meanwhile waits, so that it is not seen twice. */
  async sending(work) {
    this.#sending += 1;
    try {
      return await work();
    } finally {
      this.#sending -= 1;
      if (this.#sending === 0) for (const message of this.#early.splice(0)) this.put(message);
    }
  }

  /** Remember that a button waits for its answer. */
  hold(messageId, data) {
    const key = `${messageId}:${data}`;
    this.pressed.add(key);
    this.change();
    setTimeout(() => this.pressed.delete(key) && this.change(), PRESS_SECONDS * 1000);
  }

  #release(messageId) {
    for (const key of this.pressed) if (key.startsWith(`${messageId}:`)) this.pressed.delete(key);
  }

  #act(action) {
    clearTimeout(this.#actionTimer);
    this.action = action;
    if (action) {
      this.#actionTimer = setTimeout(() => {
        this.action = null;
        this.change();
      }, ACTION_SECONDS * 1000);
    }
  }
}

/** Sleep, but not longer than until the browser says that the network is back. */
function nap(milliseconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    }
    addEventListener("online", done);
  });
}

export const store = new Store();
