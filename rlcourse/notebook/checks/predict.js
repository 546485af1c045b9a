// Opens what the notebook keeps closed until its reader has committed: every <details class="after-2.P2">, also one
// that comes later, when its cell runs or its text is drawn anew. What the reader has closed again stays closed.

function render({ model, el }) {
  const opened = new WeakSet();
  const notebook = () => el.closest(".jp-Notebook") ?? document.body;
  const open = () => {
    for (const details of notebook().getElementsByClassName(`after-${model.get("prediction")}`)) {
      if (opened.has(details)) continue;
      opened.add(details);
      details.open = true;
    }
  };
  const watch = new MutationObserver(open);
  const begin = () => {
    if (!model.get("committed")) return;
    open();
    watch.observe(notebook(), { childList: true, subtree: true });
  };
  model.on("change:committed", begin);
  const waiting = setTimeout(begin); // it is put into the page a little later
  return () => {
    clearTimeout(waiting);
    watch.disconnect();
    model.off("change:committed", begin);
  };
}

export default { render };
