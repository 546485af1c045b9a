// Rewind, back, play or pause, forward. The clock runs in the browser, once for all views of a panel, and waits for
// the picture of one step before it asks for the next, so that playing skips nothing however long a picture takes.

const clamp = (model, step) => Math.max(0, Math.min(model.get("last"), step));

function go(model, step) {
  model.set("value", clamp(model, step));
  model.save_changes();
}

function play(model, playing) {
  if (playing && model.get("value") >= model.get("last")) go(model, 0);
  model.set("playing", playing);
  model.save_changes();
}

function initialize({ model }) {
  let timer;
  const tick = () => {
    if (!model.get("playing")) return;
    const waiting = model.get("shown") !== model.get("value");
    if (!waiting) {
      if (model.get("value") >= model.get("last")) return play(model, false);
      go(model, model.get("value") + 1);
    }
    timer = setTimeout(tick, waiting ? 20 : model.get("interval"));
  };
  const start = () => {
    clearTimeout(timer);
    if (model.get("playing")) timer = setTimeout(tick, 60);
  };
  model.on("change:playing", start);
  return () => clearTimeout(timer);
}

function render({ model, el }) {
  el.classList.add("jupyter-widgets", "rlcourse-player");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", `play ${model.get("name")}`);
  const name = model.get("name");
  const button = (icon, label, act) => {
    const made = document.createElement("button");
    made.className = "jupyter-button rlcourse-player-button";
    made.append(document.createElement("i"));
    made.firstChild.className = `fa fa-${icon}`;
    made.firstChild.setAttribute("aria-hidden", "true");
    made.title = label;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    el.append(made);
    return made;
  };
  const by = (steps) => () => {
    play(model, false);
    go(model, model.get("value") + steps);
  };
  const rewind = button("fast-backward", `Rewind to the first ${name}`, by(-Infinity));
  const back = button("step-backward", `One ${name} back`, by(-1));
  const toggle = button("play", "Play", () => play(model, !model.get("playing")));
  const forward = button("step-forward", `One ${name} forward`, by(1));
  const update = () => {
    const playing = model.get("playing");
    toggle.firstChild.className = playing ? "fa fa-pause" : "fa fa-play";
    toggle.title = playing ? "Pause" : "Play";
    toggle.setAttribute("aria-label", toggle.title);
    toggle.classList.toggle("mod-primary", playing);
    rewind.disabled = back.disabled = model.get("value") <= 0;
    forward.disabled = model.get("value") >= model.get("last");
  };
  const names = ["playing", "value", "last"].map((trait) => `change:${trait}`);
  names.forEach((event) => model.on(event, update));
  update();
  return () => names.forEach((event) => model.off(event, update));
}

export default { initialize, render };
