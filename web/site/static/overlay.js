// The heat map over the picture; how opaque it is stays in the browser and asks nobody.
export default function ({ parentElement, data }) {
  const { words, picture, heat, opacity } = data;
  const find = (name) => parentElement.querySelector(name);
  const slider = find("input");
  const layer = find(".heat");
  const percent = new Intl.NumberFormat(words.language, { style: "percent" });
  const show = () => {
    layer.style.opacity = slider.value / 100;
    const told = percent.format(slider.value / 100);
    find("output").textContent = told;
    slider.setAttribute("aria-valuetext", told);
  };
  if (find(".picture").src !== picture) {
    find(".picture").src = picture;
    layer.src = heat;
    slider.value = opacity;
  }
  find(".picture").alt = words.alt;
  find(".words").textContent = words.slider;
  find("figcaption").textContent = words.caption;
  slider.oninput = show;
  show();
}
