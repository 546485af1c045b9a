// The line of text under a panel, and what a panel needs of the page: the line as the picture's alternative text, and
// the keyboard for itself while one of its controls has the focus (else x on a slider would cut the notebook's cell).

function render({ model, el }) {
  el.classList.add("rlcourse-status");
  const line = el.appendChild(document.createElement("div")), busy = el.appendChild(document.createElement("div"));
  line.setAttribute("role", "status"); // a screen reader says what changes in it
  busy.textContent = "computing …";
  let panel;
  const update = () => {
    line.className = `rlcourse-line${model.get("warn") ? " rlcourse-warn" : ""}`;
    if (line.textContent !== model.get("text")) line.textContent = model.get("text");
    busy.className = `rlcourse-busy${model.get("busy") ? " rlcourse-on" : ""}`;
    panel?.querySelectorAll("img").forEach((img) => (img.alt = model.get("text")));
  };
  const guard = ({ target }) => target.setAttribute?.("data-lm-suppress-shortcuts", "true");
  const attach = () => {
    panel = el.closest(".rlcourse-panel");
    if (!panel) return (waiting = setTimeout(attach, 20)); // it is put into the page a little later
    panel.style.setProperty("--rl-scale", model.get("scale"));
    panel.addEventListener("focusin", guard);
    update();
  };
  let waiting = setTimeout(attach);
  const names = ["text", "warn", "busy"].map((trait) => `change:${trait}`);
  names.forEach((name) => model.on(name, update));
  update();
  return () => {
    clearTimeout(waiting);
    panel?.removeEventListener("focusin", guard);
    names.forEach((name) => model.off(name, update));
  };
}

export default { render };
