// What a panel or a card of the course needs of the page that it is in: the line below it; names for what has none;
// its size; the keyboard for itself while one of its controls has the focus (else x on a slider would cut the
// notebook's cell); and a look that pretends nothing once its kernel is gone.

const HOME = ".rlcourse-panel, .rlcourse-card", CONTROLS = "button, input, select, textarea, .noUi-target, [tabindex]";
const GONE = "The kernel was restarted or has ended: run this cell again to use it.";
const LOST = ["restarting", "autorestarting", "terminating", "dead"];

// --- alternative texts ----------------------------------------------------------------------------------------------

async function description(img) { // which a PNG of the course carries in itself, in its chunk iTXt
  const bytes = new Uint8Array(await (await fetch(img.src)).arrayBuffer());
  const view = new DataView(bytes.buffer), latin = new TextDecoder("latin1"), utf8 = new TextDecoder();
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const content = bytes.subarray(at + 8, at + 8 + view.getUint32(at));
    if (latin.decode(bytes.subarray(at + 4, at + 8)) !== "iTXt") continue;
    const [keyword, text] = [content.indexOf(0), content.lastIndexOf(0)];
    if (latin.decode(content.subarray(0, keyword)) === "Description") return utf8.decode(content.subarray(text + 1));
  }
  return "";
}

function describe(root) { // every picture in `root` that has no text yet
  for (const img of root.querySelectorAll("img:not([alt])")) {
    img.alt = "figure"; // until more is known
    if (img.src.startsWith("data:image/png") || img.src.startsWith("blob:"))
      description(img).then((text) => text && (img.alt = text), () => {});
  }
}

function watch(root, act) { // now, and whenever something is put into `root`
  const observer = new MutationObserver(act);
  observer.observe(root, { childList: true, subtree: true });
  act();
  return () => observer.disconnect();
}

// --- a panel --------------------------------------------------------------------------------------------------------

function label(home) { // a slider's handle is what one moves and hears of, and its name stands beside it
  for (const handle of home.querySelectorAll(".noUi-handle:not([aria-label])")) {
    const name = handle.closest(".widget-slider")?.querySelector(".widget-label")?.textContent;
    if (name) handle.setAttribute("aria-label", name);
  }
}

function enlarge(element, scale) {
  element?.style.setProperty("--rl-scale", scale);
}

function render({ model, el }) {
  el.classList.add("rlcourse-status");
  const line = el.appendChild(document.createElement("div")), busy = el.appendChild(document.createElement("div"));
  line.setAttribute("role", "status"); // a screen reader says what changes in it
  busy.textContent = "computing …";
  let home, gone = false, waiting;
  const forget = [];

  const update = () => {
    const text = gone ? GONE : model.get("text");
    line.className = `rlcourse-line${gone || model.get("warn") ? " rlcourse-warn" : ""}`;
    if (line.textContent !== text) line.textContent = text;
    busy.className = `rlcourse-busy${model.get("busy") && !gone ? " rlcourse-on" : ""}`;
    if (home && model.get("text")) home.querySelectorAll("img").forEach((img) => (img.alt = model.get("text")));
  };
  const end = () => {
    gone = true;
    busy.remove();
    home?.classList.add("rlcourse-gone");
    home?.querySelectorAll(".rlcourse-passing").forEach((passing) => passing.remove()); // was true while it ran
    home?.querySelectorAll(CONTROLS).forEach((control) => (control.inert = true));
    update();
  };
  const guard = ({ target }) => target.setAttribute?.("data-lm-suppress-shortcuts", "true");
  const attach = () => {
    home = el.closest(HOME);
    if (!home) return (waiting = setTimeout(attach, 20)); // it is put into the page a little later
    const notebook = home.closest(".jp-Notebook");
    enlarge(home, model.get("scale"));
    enlarge(notebook, model.get("scale"));
    if (notebook && !notebook.dataset.rlcourse) {
      notebook.dataset.rlcourse = "described";
      watch(notebook, () => notebook.querySelectorAll(".jp-RenderedImage").forEach(describe));
    }
    home.addEventListener("focusin", guard);
    forget.push(() => home.removeEventListener("focusin", guard));
    forget.push(watch(home, () => {
      label(home);
      if (model.get("text")) update();
      else describe(home);
    }));
    if (gone || home.classList.contains("jupyter-widgets-disconnected")) end();
    update();
  };

  const kernel = model.widget_manager?.kernel; // JupyterLab's; elsewhere nobody tells
  const hear = (_, status) => LOST.includes(status) && end();
  kernel?.statusChanged?.connect(hear);
  kernel?.disposed?.connect(end);
  forget.push(() => kernel?.statusChanged?.disconnect(hear), () => kernel?.disposed?.disconnect(end));
  for (const name of ["text", "warn", "busy"]) {
    model.on(`change:${name}`, update);
    forget.push(() => model.off(`change:${name}`, update));
  }
  waiting = setTimeout(attach);
  forget.push(() => clearTimeout(waiting));
  update();
  return () => forget.forEach((undo) => undo());
}

export default { render };
