// Takes a picture from a file, a drop, the clipboard or the camera and hands it to the page's script as base64.
const PREVIEW_SIDE = 480;
const PHONE = "(pointer: coarse)";

export default function ({ parentElement, data, setTriggerValue }) {
  const { words, chosen, most, pastes } = data;
  const find = (name) => parentElement.querySelector(name);
  const zone = find(".zone");
  const file = find(".file");
  const capture = find(".capture");
  const news = find(".news");
  const camera = find(".camera");
  const video = find("video");
  const buttons = [...parentElement.querySelectorAll(".zone button")];
  const say = (text) => { news.textContent = text; };
  const hold = (held) => buttons.forEach((button) => { button.disabled = held; });

  // Until the picture that is on its way is here.
  if (chosen || !parentElement.coming) {
    hold(false);
    say("");
  }
  if (chosen) parentElement.coming = false;
  find(".invitation").textContent = words.invitation;
  find(".invitation").hidden = Boolean(chosen);
  find(".choose").textContent = chosen ? words.another : words.choose;
  find(".paste").textContent = words.paste;
  find(".photograph").textContent = words.photograph;
  find(".shoot").textContent = words.shoot;
  find(".close").textContent = words.close;
  file.setAttribute("aria-label", words.choose);
  capture.setAttribute("aria-label", words.photograph);
  find(".paste").hidden = !navigator.clipboard?.read;
  const byPhone = matchMedia(PHONE).matches;
  find(".hint").textContent = byPhone ? words.formats : `${words.formats} ${words.keys}`;
  find(".photograph").hidden = !byPhone && !navigator.mediaDevices?.getUserMedia;
  find(".name").textContent = chosen?.name ?? "";
  find(".name").hidden = !chosen;
  const preview = find(".preview");
  preview.hidden = !chosen?.preview;
  preview.alt = chosen ? words.preview : "";
  if (chosen?.preview) preview.src = chosen.preview;

  async function take(picture, name) {
    if (picture.size > most) return say(words.tooLarge);
    stopCamera();
    hold(true);
    say(words.sending);
    parentElement.coming = true;
    // The one that is here must not be read by who thinks of the one that is on its way.
    if (chosen) setTriggerValue("begun", true);
    try {
      const whole = await asDataUrl(picture);
      setTriggerValue("picture", { name, data: whole.slice(whole.indexOf(",") + 1), preview: await previewOf(picture) });
    } catch {
      parentElement.coming = false;
      hold(false);
      say(words.unreadable);
    }
  }

  async function pasteByButton() {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((kind) => kind.startsWith("image/"));
        if (type) return take(await item.getType(type), words.pasted);
      }
      say(words.nothingToPaste);
    } catch {
      say(words.pasteRefused);
    }
  }

  async function startCamera() {
    if (byPhone) return capture.click();
    try {
      const wanted = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1440 } };
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: wanted });
    } catch {
      return say(words.noCamera);
    }
    say("");
    camera.hidden = false;
    // A camera takes its time; before its first image there is nothing to take.
    find(".shoot").disabled = true;
    video.onloadeddata = () => {
      find(".shoot").disabled = false;
      find(".shoot").focus();
    };
    await video.play();
  }

  function stopCamera() {
    video.srcObject?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
    camera.hidden = true;
  }

  async function shoot() {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    const photo = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.95));
    if (!photo) return say(words.noCamera);
    await take(photo, words.photographed);
  }

  const picked = (input) => () => {
    const [first] = input.files;
    input.value = "";
    if (first) take(first, first.name);
  };
  file.onchange = picked(file);
  capture.onchange = picked(capture);
  find(".choose").onclick = () => file.click();
  find(".paste").onclick = pasteByButton;
  find(".photograph").onclick = startCamera;
  find(".shoot").onclick = shoot;
  find(".close").onclick = () => { stopCamera(); find(".photograph").focus(); };
  zone.ondragover = (event) => { event.preventDefault(); zone.classList.add("over"); };
  zone.ondragleave = () => zone.classList.remove("over");
  zone.ondrop = (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const [first] = event.dataTransfer.files;
    if (first) take(first, first.name);
  };
  const pasted = (event) => {
    const [first] = event.clipboardData?.files ?? [];
    if (!first) return;
    event.preventDefault();
    take(first, words.pasted);
  };
  // Of several places for pictures the first empty one listens.
  if (parentElement.pasted) document.removeEventListener("paste", parentElement.pasted);
  parentElement.pasted = pastes ? pasted : undefined;
  if (pastes) document.addEventListener("paste", pasted);

  return () => {
    // Streamlit also cleans up after a call that another one has overtaken; then all of this is still in use.
    if (parentElement.host.isConnected) return;
    document.removeEventListener("paste", parentElement.pasted);
    stopCamera();
  };
}

function asDataUrl(blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });
}

// A small copy to show, made here so that no server opens the picture for it; null for a format unknown to the browser.
async function previewOf(picture) {
  try {
    const bitmap = await createImageBitmap(picture);
    const scale = Math.min(1, PREVIEW_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return canvas.toDataURL("image/jpeg", 0.85);
  } catch {
    return null;
  }
}
