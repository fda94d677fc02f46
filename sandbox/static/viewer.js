// The big view of a photo, and stepping through all photos of the chat.

import { fileUrl } from "./api.js";
import { byId } from "./dom.js";
import { store } from "./store.js";
import { rich } from "./text.js";

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
  byId("viewer-caption").replaceChildren(rich(message.caption ?? "", message.caption_entities));
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

/** Tell whether a click met the picture, not the room around it. */
function onPicture(event) {
  const box = image.getBoundingClientRect();
  const scale = Math.min(box.width / image.naturalWidth, box.height / image.naturalHeight);
  const across = Math.abs(event.clientX - (box.left + box.right) / 2) <= (image.naturalWidth * scale) / 2;
  return across && Math.abs(event.clientY - (box.top + box.bottom) / 2) <= (image.naturalHeight * scale) / 2;
}

/** Wire the viewer's buttons and keys. */
export function startViewer() {
  byId("viewer-close").addEventListener("click", () => dialog.close());
  byId("viewer-before").addEventListener("click", () => step(-1));
  byId("viewer-next").addEventListener("click", () => step(1));
  dialog.addEventListener("click", (event) => {
    if (event.target === image && onPicture(event)) dialog.classList.toggle("zoomed");
    else if (event.target === dialog || event.target === image) dialog.close();
  });
  dialog.addEventListener("close", () => image.removeAttribute("src"));
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
}
