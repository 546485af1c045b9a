// A filmed episode, again and again, at the pace of its environment; it can be paused.

const REST = 800; // milliseconds on the last picture

function render({ model, el }) {
  el.classList.add("rlcourse-film");
  const canvas = el.appendChild(document.createElement("canvas"));
  const toggle = el.appendChild(document.createElement("button"));
  const caption = el.appendChild(document.createElement("div"));
  canvas.setAttribute("role", "img");
  toggle.className = "jupyter-button rlcourse-pause";
  let pictures = [], at = 0, timer, latest, paused = matchMedia("(prefers-reduced-motion: reduce)").matches;

  const step = () => {
    clearTimeout(timer);
    if (!pictures.length) return;
    at = Math.min(at, pictures.length - 1);
    canvas.getContext("2d").drawImage(pictures[at], 0, 0);
    if (paused) return;
    const over = at === pictures.length - 1, each = 1000 / model.get("rate");
    timer = setTimeout(step, over ? REST + each : each);
    at = over ? 0 : at + 1;
  };
  const name = () => {
    toggle.textContent = paused ? "▶" : "❚❚";
    toggle.title = paused ? "Play the film" : "Pause the film";
    toggle.setAttribute("aria-label", toggle.title);
  };
  const load = async () => {
    const frames = (latest = model.get("frames"));
    const decoded = await Promise.all(frames.map((jpeg) => createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }))));
    if (frames !== latest) return; // another film has come meanwhile
    pictures = decoded;
    canvas.hidden = toggle.hidden = !pictures.length;
    if (pictures.length) [canvas.width, canvas.height] = [pictures[0].width, pictures[0].height];
    caption.textContent = model.get("caption");
    canvas.setAttribute("aria-label", model.get("caption"));
    at = 0;
    step();
  };
  toggle.addEventListener("click", () => {
    paused = !paused;
    name();
    step();
  });
  canvas.hidden = toggle.hidden = true;
  name();
  const events = ["change:frames", "change:caption"];
  events.forEach((event) => model.on(event, load));
  load();
  return () => {
    latest = undefined;
    clearTimeout(timer);
    events.forEach((event) => model.off(event, load));
  };
}

export default { render };
