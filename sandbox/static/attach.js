// Files that a person picks, drops or pastes, and the look at them before they go.

import { button, byId, grow, icon, make, toast } from "./dom.js";
import { size, word } from "./words.js";

const MOST = 30;
const ALBUM = 10;
const LARGEST = 50 * 2 ** 20;
const MOST_PIXELS = 60_000_000;
const PHOTOS = /^image\/(jpeg|png|webp|bmp)$/;

const dialog = byId("preview");
let shots = [];
let kind = "photo";
let send = () => {};

/** Wire everything that can bring a file; `onSend(kind, shots, caption)` sends what was looked at. */
export function startAttaching(onSend) {
  send = onSend;
  byId("attach").addEventListener("click", () => byId("files").click());
  byId("files").addEventListener("change", (event) => {
    look([...event.target.files]);
    event.target.value = "";
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    look(files);
  });
  startDropping();
  byId("preview-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", clear);
  for (const choice of byId("preview-kind").children) {
    choice.addEventListener("click", () => choose(choice.value));
  }
  byId("caption").addEventListener("input", (event) => grow(event.target));
  byId("caption").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      byId("preview-form").requestSubmit();
    }
  });
  byId("preview-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const going = shots;
    const caption = byId("caption").value.trim();
    shots = [];
    dialog.close();
    if (going.length > 0) send(kind, going, caption);
  });
}

/** Show files before they are sent; `wish` is the kind asked for. */
async function look(files, wish = "photo") {
  const fitting = files.filter((file) => file.size <= LARGEST);
  if (fitting.length < files.length) toast(word("tooLarge"));
  const room = MOST - shots.length;
  if (fitting.length > room) toast(word("tooMany"));
  const added = await Promise.all(fitting.slice(0, room).map(inspect));
  shots.push(...added);
  if (shots.length === 0) return;
  choose(wish);
  if (!dialog.open) {
    dialog.showModal();
    byId("caption").focus();
  }
}

/** Find out whether a file can be shown, and how large its picture is. */
async function inspect(file) {
  const shot = { file, url: URL.createObjectURL(file), width: 0, height: 0 };
  if (PHOTOS.test(file.type)) {
    const image = new Image();
    await new Promise((resolve) => {
      // A damaged or a gigantic picture keeps the size 0, and goes as a file.
      image.onload = image.onerror = resolve;
      image.src = shot.url;
    });
    if (image.naturalWidth * image.naturalHeight <= MOST_PIXELS) {
      shot.width = image.naturalWidth;
      shot.height = image.naturalHeight;
    }
  }
  return shot;
}

function choose(wish) {
  const possible = shots.every((shot) => shot.width > 0);
  kind = possible ? wish : "document";
  for (const choice of byId("preview-kind").children) {
    choice.setAttribute("aria-pressed", String(choice.value === kind));
    choice.disabled = choice.value === "photo" && !possible;
  }
  const notes = [possible ? "" : word("onlyFile"), shots.length > ALBUM ? word("albums") : ""].filter(Boolean);
  byId("preview-note").hidden = notes.length === 0;
  byId("preview-note").textContent = notes.join(" ");
  byId("preview-title").textContent = word(kind === "photo" ? "sendPhotos" : "sendFiles", { n: shots.length });
  draw();
}

function draw() {
  const holder = byId("shots");
  const asFiles = kind === "document";
  holder.className = `shots ${asFiles ? "listed" : `of${Math.min(shots.length, 5)}`}`;
  holder.replaceChildren(
    ...shots.map((shot) => {
      const { file, url, width } = shot;
      const label = word("remove");
      const named = { class: "icon remove", "aria-label": label, title: label };
      const remove = button(named, () => drop(shot), icon("close"));
      const cover = make("span", { class: "cover" }, icon("file"));
      const picture = width > 0 ? make("img", { src: url, alt: file.name }) : cover;
      const about = make("span", {}, make("b", { text: file.name }), make("small", { text: size(file.size) }));
      return make("figure", {}, picture, asFiles && about, remove);
    }),
  );
}

function drop(shot) {
  URL.revokeObjectURL(shot.url);
  shots = shots.filter((other) => other !== shot);
  if (shots.length === 0) dialog.close();
  else choose(kind);
}

function clear() {
  for (const shot of shots) URL.revokeObjectURL(shot.url);
  shots = [];
  byId("caption").value = "";
  byId("caption").style.height = "";
  byId("shots").replaceChildren();
}

function startDropping() {
  const target = byId("drop");
  const zone = (event) => event.target.closest?.(".zone");
  let depth = 0;
  const hide = () => {
    depth = 0;
    target.hidden = true;
  };
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth += 1;
    target.hidden = dialog.open;
  });
  addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    for (const node of target.children) node.classList.toggle("over", node === zone(event));
  });
  addEventListener("dragleave", () => {
    depth -= 1;
    if (depth <= 0) hide();
  });
  addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    look([...event.dataTransfer.files], zone(event)?.dataset.kind ?? kind);
    hide();
  });
}

