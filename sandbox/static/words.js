// The page's own words. The bot's words come from the bot.

const WORDS = {
  en: {
    online: "bot · online",
    offline: "bot · not here yet",
    connecting: "connecting…",
    lostStatus: "waiting for the connection…",
    lost: "No connection to the sandbox. Trying again…",
    restarted: "The sandbox was started anew, so this chat begins again.",
    menu: "Menu",
    conversation: "Conversation",
    block: "Block the bot",
    unblock: "Unblock the bot",
    someoneNew: "Begin again as someone new",
    language: "Language",
    about: "A second look at a skin photo or a chest X-ray, in plain words. It informs; it does not diagnose.",
    hintPhoto: "Drop, paste or pick a photo of the skin, sharp and in good light.",
    hintChest: "For a chest X-ray, write /pneumonia as the caption.",
    hintPrivate: "Pictures stay in this computer’s memory and are gone when the sandbox stops.",
    start: "Start",
    toBottom: "To the latest message",
    commands: "Commands",
    cancel: "Cancel",
    attach: "Attach a photo or a file",
    write: "Message",
    send: "Send",
    dropPhoto: "Send as a photo",
    dropPhotoNote: "quick, in a smaller size",
    dropFile: "Send as a file",
    dropFileNote: "in its full size",
    sendAs: "Send as",
    asPhoto: "Photo",
    asFile: "File",
    onlyFile: "This kind of file can only be sent as a file.",
    tooMany: "Ten at a time: the others were left out.",
    tooLarge: "Files over 50 MB cannot be sent: left out.",
    caption: "Caption…",
    sendPhotos: { one: "Send a photo", many: "Send {n} photos" },
    sendFiles: { one: "Send a file", many: "Send {n} files" },
    remove: "Remove",
    viewer: "Photo",
    save: "Save",
    close: "Close",
    before: "Previous photo",
    next: "Next photo",
    ok: "OK",
    reply: "Reply",
    edit: "Edit",
    copy: "Copy the text",
    copied: "Copied",
    editing: "Edit message",
    you: "You",
    photo: "Photo",
    album: "Album",
    file: "File",
    deleted: "Deleted message",
    edited: "edited",
    forwarded: "Forwarded",
    today: "Today",
    yesterday: "Yesterday",
    sending: "Sending",
    sent: "Sent",
    read: "Read",
    failed: "Not sent",
    unreached: "no connection",
    notPhoto: "it cannot be sent as a photo",
    retry: "Try again",
    insteadFile: "Send as a file",
    discard: "Discard",
    openPhoto: "Open the photo",
    reacted: "The bot reacted with {emoji}",
    bytes: ["B", "KB", "MB"],
    typing: "typing…",
    upload_photo: "sending a photo…",
    upload_document: "sending a file…",
    working: "working…",
  },
  ru: {
    online: "бот · на связи",
    offline: "бот · ещё не на связи",
    connecting: "соединение…",
    lostStatus: "ждём соединения…",
    lost: "Нет связи с песочницей. Пробуем снова…",
    restarted: "Песочница перезапущена, поэтому чат начинается заново.",
    menu: "Меню",
    conversation: "Переписка",
    block: "Заблокировать бота",
    unblock: "Разблокировать бота",
    someoneNew: "Начать заново другим человеком",
    language: "Язык",
    about: "Второй взгляд на фото кожи или рентген грудной клетки. Подсказывает, но не ставит диагноз.",
    hintPhoto: "Перетащите, вставьте или выберите фото кожи: резкое, при хорошем свете.",
    hintChest: "Для рентгена грудной клетки подпишите снимок: /pneumonia",
    hintPrivate: "Снимки остаются в памяти этого компьютера и исчезают, когда песочница остановлена.",
    start: "Начать",
    toBottom: "К последнему сообщению",
    commands: "Команды",
    cancel: "Отмена",
    attach: "Прикрепить фото или файл",
    write: "Сообщение",
    send: "Отправить",
    dropPhoto: "Отправить как фото",
    dropPhotoNote: "быстро, в меньшем размере",
    dropFile: "Отправить как файл",
    dropFileNote: "в полном размере",
    sendAs: "Отправить как",
    asPhoto: "Фото",
    asFile: "Файл",
    onlyFile: "Такой файл можно отправить только как файл.",
    tooMany: "Не больше десяти за раз: остальные пропущены.",
    tooLarge: "Файлы больше 50 МБ не отправить: они пропущены.",
    caption: "Подпись…",
    sendPhotos: { one: "Отправить фото", many: "Отправить фото: {n}" },
    sendFiles: { one: "Отправить файл", many: "Отправить файлы: {n}" },
    remove: "Убрать",
    viewer: "Фото",
    save: "Сохранить",
    close: "Закрыть",
    before: "Предыдущее фото",
    next: "Следующее фото",
    ok: "Понятно",
    reply: "Ответить",
    edit: "Изменить",
    copy: "Скопировать текст",
    copied: "Скопировано",
    editing: "Изменить сообщение",
    you: "Вы",
    photo: "Фото",
    album: "Альбом",
    file: "Файл",
    deleted: "Удалённое сообщение",
    edited: "изменено",
    forwarded: "Переслано",
    today: "Сегодня",
    yesterday: "Вчера",
    sending: "Отправляется",
    sent: "Отправлено",
    read: "Прочитано",
    failed: "Не отправлено",
    unreached: "нет соединения",
    notPhoto: "это нельзя отправить как фото",
    retry: "Повторить",
    insteadFile: "Отправить файлом",
    discard: "Убрать",
    openPhoto: "Открыть фото",
    reacted: "Реакция бота: {emoji}",
    bytes: ["Б", "КБ", "МБ"],
    typing: "печатает…",
    upload_photo: "отправляет фото…",
    upload_document: "отправляет файл…",
    working: "работает…",
  },
};

export const LANGUAGES = Object.keys(WORDS);

let current = "en";

/** The language of the page: "en" or "ru". */
export function language() {
  return current;
}

/** Switch the page's words; those in the document change at once. */
export function speak(code) {
  current = LANGUAGES.includes(code) ? code : "en";
  document.documentElement.lang = current;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = word(node.dataset.text);
  for (const node of document.querySelectorAll("[data-placeholder]")) node.placeholder = word(node.dataset.placeholder);
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", word(node.dataset.label));
    if (node.matches("button, a")) node.title = word(node.dataset.label);
  }
}

/** The word for `key`, with {placeholders} filled; `{n: 1}` chooses the singular where there is one. */
export function word(key, values = {}) {
  let text = WORDS[current][key];
  if (typeof text === "object" && !Array.isArray(text)) text = values.n === 1 ? text.one : text.many;
  if (typeof text !== "string") return text;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Hours and minutes of a Unix time. */
export function clock(date) {
  return new Intl.DateTimeFormat(current, { hour: "numeric", minute: "2-digit" }).format(date * 1000);
}

/** The day of a Unix time, as a heading between messages. */
export function day(date) {
  const moment = new Date(date * 1000);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(moment).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return word("today");
  if (days === 1) return word("yesterday");
  return new Intl.DateTimeFormat(current, { day: "numeric", month: "long" }).format(moment);
}

/** A file's size for people. */
export function size(bytes) {
  const units = word("bytes");
  const step = bytes < 1024 ? 0 : bytes < 1024 ** 2 ? 1 : 2;
  const value = bytes / 1024 ** step;
  const digits = step === 0 || value >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(current, { maximumFractionDigits: digits }).format(value)} ${units[step]}`;
}
