// The big view of a photo, and stepping through all photos of the chat.

import { fileUrl } from "./api.js";
import { byId } from "./dom.js";
import { store } from "./store.js";

const dialog = byId("viewer");
const image = byId("viewer-image");
let at = null;

function pictures() {
  return [...store.messages.values()].filter(
    (message) => message.photo || message.document?.mime_type?.startsWith("image/"),
  );
}

/** Open the photo of a message. */
export function openViewer(message) {
  show(message);
  if (!dialog.open) dialog.showModal();
}

function show(message) {
  at = message;
  const all = pictures();
  const index = all.findIndex((other) => other.message_id === message.message_id);
  const file = message.photo?.at(-1) ?? message.document;
  dialog.classList.remove("zoomed");
  image.src = fileUrl(file);
  image.alt = message.caption ?? "";
  byId("viewer-caption").textContent = message.caption ?? "";
  byId("viewer-count").textContent = all.length > 1 && index >= 0 ? `${index + 1} / ${all.length}` : "";
  byId("viewer-save").href = fileUrl(file);
  byId("viewer-save").download = message.document?.file_name ?? `photo-${message.message_id}.jpg`;
  byId("viewer-before").hidden = index <= 0;
  byId("viewer-next").hidden = index < 0 || index >= all.length - 1;
}

function step(by) {
  const all = pictures();
  const target = all[all.findIndex((message) => message.message_id === at.message_id) + by];
  if (target) show(target);
}

/** Wire the viewer's buttons and keys. */
export function startViewer() {
  byId("viewer-close").addEventListener("click", () => dialog.close());
  byId("viewer-before").addEventListener("click", () => step(-1));
  byId("viewer-next").addEventListener("click", () => step(1));
  image.addEventListener("click", (event) => {
    event.stopPropagation();
    dialog.classList.toggle("zoomed");
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => image.removeAttribute("src"));
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
}
