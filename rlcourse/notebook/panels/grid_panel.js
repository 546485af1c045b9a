// A grid world drawn as SVG that is edited by pointer, touch or keyboard. Python sends `picture` (colours, numbers,
// arrows: see grid_cells.py). An edit is drawn here at once and sent to Python, whose next picture says which was the
// `last_edit` in it; later edits stay on top of it until their own answer comes.

const SVG = "http://www.w3.org/2000/svg";
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }; // row, column
const MIDDLE = 0.2; // a click nearer to the centre than this turns the arrow instead of aiming it

const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// --- what a cell looks like: the same shapes as grid_cells.py, in cells, the middle of the cell at (0, 0) ------------

function triangle([x, y, chance], kind) {
  const size = Math.sqrt(chance), norm = Math.hypot(x, y), [ax, ay] = [x / norm, y / norm];
  const corner = (along, across) => `${0.475 * x + along * ax - across * ay},${0.475 * y + along * ay + across * ax}`;
  const [depth, width] = [0.115 * size, 0.15 * size];
  return `<polygon class="${kind}" points="${corner(0, 0)} ${corner(-depth, width)} ${corner(-depth, -width)}"/>`;
}

function badge(letter, art) {
  const at = art.badge + 0.045 - 0.5, color = letter === "S" ? art.start : art.teleport;
  const exit = letter !== letter.toUpperCase(); // an exit is a ring, an entrance a disc
  return `<circle class="rl-ring" cx="${at}" cy="${at}" r="${art.badge}" fill="${exit ? "#fff" : color}" stroke="${color}"/>
    <text class="rl-letter" x="${at}" y="${at + 0.06}" fill="${exit ? color : "#fff"}">${escaped(letter)}</text>`;
}

function markup(cell, art) {
  const parts = (cell.arrows ?? []).map((arrow) => triangle(arrow, "rl-ink"));
  if (cell.icon) parts.push(`<polygon class="rl-icon" points="${art.icons[cell.icon]}"/>`);
  if (cell.badge) parts.push(badge(cell.badge, art));
  if (cell.text) {
    const size = (art.size ?? 0.3) * (cell.icon ? 0.8 : 1), y = (cell.icon ? 0.36 : 0) + 0.365 * size;
    parts.push(`<text class="${cell.icon ? "rl-icon" : "rl-ink"}" y="${y}" font-size="${size}">${escaped(cell.text)}</text>`);
  }
  return parts.join("");
}

// --- edits ----------------------------------------------------------------------------------------------------------

function edited(cell, put, art) { // what an edit makes of a cell before Python has answered
  if (art.looks[put]) return { ...art.looks[put], symbol: put };
  const move = art.moves.find((m) => m.name === put);
  return { ...cell, arrows: [[move.x, move.y, 1]] };
}

function current(model) { // the picture, with the edits on top that Python has not seen yet
  const { rows, last_edit } = model.get("picture"), art = model.get("art");
  model.edits = (model.edits ?? []).filter((edit) => edit.seq > last_edit);
  const cells = rows.map((row) => [...row]);
  for (const { row, column, put } of model.edits) {
    if (art.single.includes(put)) // there can be one start: the old one goes
      cells.forEach((line) => line.forEach((cell, c) => cell.symbol === put && (line[c] = edited(cell, ".", art))));
    if (cells[row]?.[column]) cells[row][column] = edited(cells[row][column], put, art);
  }
  return cells;
}

function send(model, row, column, put, stroke) {
  const seq = (model.sequence = Math.max(model.sequence ?? 0, model.get("picture").last_edit) + 1);
  (model.edits ??= []).push({ seq, row, column, put });
  model.send({ kind: "edit", seq, stroke, row, column, put });
}

// --- the palette ----------------------------------------------------------------------------------------------------

function palette(model, el) {
  const art = model.get("art"), brushes = model.get("brushes");
  el.className = "rl-palette";
  el.setAttribute("role", "radiogroup");
  el.setAttribute("aria-label", "brush");
  const choose = (symbol) => {
    model.set("brush", symbol);
    model.save_changes();
  };
  const buttons = brushes.map((symbol, i) => {
    const look = art.looks[symbol], button = el.appendChild(document.createElement("button"));
    const inside = look.badge ? `<text class="rl-ink" y=".2" font-size=".56">${look.badge}</text>` : markup(look, art);
    button.innerHTML = `<svg viewBox="-.5 -.5 1 1" aria-hidden="true">
      <rect x="-.5" y="-.5" width="1" height="1" fill="${look.fill}"/>${inside}</svg>`;
    button.append(look.name);
    button.setAttribute("role", "radio");
    button.title = `Paint: ${look.name} (key ${symbol})`;
    button.addEventListener("click", () => choose(symbol));
    button.addEventListener("keydown", (event) => {
      const by = ARROWS[event.key]?.find(Boolean);
      if (!by) return;
      event.preventDefault();
      const next = (i + by + brushes.length) % brushes.length;
      choose(brushes[next]);
      buttons[next].focus();
    });
    return button;
  });
  const update = () => buttons.forEach((button, i) => {
    const chosen = brushes[i] === model.get("brush");
    button.setAttribute("aria-checked", chosen);
    button.tabIndex = chosen ? 0 : -1;
  });
  update();
  model.on("change:brush", update);
  return () => model.off("change:brush", update);
}

// --- the grid -------------------------------------------------------------------------------------------------------

function render({ model, el }) {
  const painting = model.get("mode") === "paint", art = model.get("art");
  el.classList.add("rlcourse-grid", `rl-${model.get("mode")}`);
  const forget = painting ? palette(model, el.appendChild(document.createElement("div"))) : () => {};
  const svg = el.appendChild(document.createElementNS(SVG, "svg"));
  svg.setAttribute("role", "grid");
  svg.setAttribute("aria-label", model.get("label"));
  const hint = document.createElementNS(SVG, "g"); // where a click would put an arrow
  hint.setAttribute("pointer-events", "none");

  let cells = [], groups = [], focus = [0, 0], stroke = null; // stroke: what is being painted without lifting the pointer

  function build(rows, columns) {
    svg.setAttribute("viewBox", `-0.03 -0.03 ${columns + 0.06} ${rows + 0.06}`);
    const width = Math.min(74, 840 / columns, 540 / rows) * art.scale * columns; // and with its controls on one screen
    svg.style.width = `min(${width}px, max(320px, 52vh) * ${columns / rows})`;
    svg.replaceChildren();
    groups = Array.from({ length: rows }, (_, row) => {
      const line = svg.appendChild(document.createElementNS(SVG, "g"));
      line.setAttribute("role", "row");
      return Array.from({ length: columns }, (_, column) => {
        const group = line.appendChild(document.createElementNS(SVG, "g"));
        group.setAttribute("role", "gridcell");
        group.setAttribute("tabindex", "-1");
        group.addEventListener("focus", () => move(row, column));
        group.setAttribute("transform", `translate(${column + 0.5} ${row + 0.5})`);
        group.innerHTML = `<rect class="rl-cell" x="-.5" y="-.5" width="1" height="1"/><g></g>
          <rect class="rl-focus" x="-.455" y="-.455" width=".91" height=".91" rx=".04"/>`;
        return group;
      });
    });
    svg.append(hint);
    move(Math.min(focus[0], rows - 1), Math.min(focus[1], columns - 1));
  }

  function move(row, column) { // one cell can be reached by Tab, the others by arrow keys
    groups[focus[0]]?.[focus[1]]?.setAttribute("tabindex", "-1");
    focus = [row, column];
    groups[row][column].setAttribute("tabindex", "0");
  }

  function update() {
    cells = current(model);
    const sized = { ...art, size: model.get("picture").size };
    if (groups.length !== cells.length || groups[0].length !== cells[0].length) build(cells.length, cells[0].length);
    svg.classList.toggle("rl-stale", model.get("picture").stale);
    cells.forEach((line, r) => line.forEach((cell, c) => {
      const group = groups[r][c], inside = markup(cell, sized);
      group.children[0].setAttribute("fill", cell.fill);
      if (group.inside !== inside) group.children[1].innerHTML = group.inside = inside;
      group.setAttribute("aria-label", cell.about || `row ${r + 1}, column ${c + 1}, ${cell.name}`);
    }));
  }

  function put(row, column, what) {
    send(model, row, column, what, stroke.id);
    update();
  }

  const begin = () => (stroke = { id: `${Date.now()}-${Math.random()}`, seen: new Set() });

  function paint(row, column, symbol) { // once a stroke; painting what is there already wipes it, if it comes first
    if (stroke.seen.has(`${row},${column}`)) return;
    stroke.seen.add(`${row},${column}`);
    const there = cells[row][column].symbol;
    stroke.put ??= symbol ?? (there === model.get("brush") ? "." : model.get("brush"));
    if (there !== stroke.put) put(row, column, stroke.put);
  }

  const able = (cell) => art.moves.filter((m) => cell.arrows?.length && (!cell.can || cell.can.includes(m.name)));

  function aimed(cell, x, y) { // the move that a point of the cell stands for; from the middle, the next one clockwise
    const moves = able(cell);
    if (Math.max(Math.abs(x), Math.abs(y)) > MIDDLE) {
      const near = (m) => (m.x * x + m.y * y) / Math.hypot(m.x, m.y);
      return moves.reduce((best, m) => (near(m) > near(best) ? m : best));
    }
    const now = moves.findIndex((m) => cell.arrows.length === 1 && m.x === cell.arrows[0][0] && m.y === cell.arrows[0][1]);
    return moves[(now + 1) % moves.length];
  }

  function aim(row, column, x, y) {
    if (able(cells[row][column]).length) put(row, column, aimed(cells[row][column], x, y).name);
  }

  function place({ clientX, clientY }) { // the cell under a pointer, and where in it
    const box = svg.getBoundingClientRect(), { width, height } = svg.viewBox.baseVal;
    const x = ((clientX - box.left) / box.width) * width - 0.03, y = ((clientY - box.top) / box.height) * height - 0.03;
    const [row, column] = [Math.floor(y), Math.floor(x)];
    return groups[row]?.[column] && { row, column, x: x - column - 0.5, y: y - row - 0.5 };
  }

  function point(spot) { // shows what a click would do
    const cell = spot && cells[spot.row][spot.column];
    const usable = cell && (painting || able(cell).length);
    svg.style.cursor = usable ? "pointer" : "default";
    hint.replaceChildren();
    if (!usable) return;
    hint.setAttribute("transform", `translate(${spot.column + 0.5} ${spot.row + 0.5})`);
    const turn = painting ? null : aimed(cell, spot.x, spot.y);
    hint.innerHTML = `<rect class="rl-hover" x="-.5" y="-.5" width="1" height="1"/>${turn ? triangle([turn.x, turn.y, 1], "rl-aim") : ""}`;
  }

  svg.addEventListener("pointerdown", (event) => {
    const spot = place(event);
    if (!spot || event.button) return;
    event.preventDefault(); // no selecting of text; the focus is set by hand
    move(spot.row, spot.column);
    groups[spot.row][spot.column].focus({ preventScroll: true });
    if (!painting) return; // arrows wait for the click, so that a finger can scroll past
    svg.setPointerCapture(event.pointerId);
    begin().drawing = true;
    paint(spot.row, spot.column);
  });
  svg.addEventListener("click", (event) => {
    const spot = !painting && place(event);
    if (!spot) return;
    begin();
    aim(spot.row, spot.column, spot.x, spot.y);
  });
  svg.addEventListener("pointermove", (event) => {
    if (stroke?.drawing)
      for (const passed of event.getCoalescedEvents?.() ?? [event]) {
        const spot = place(passed);
        if (spot) paint(spot.row, spot.column);
      }
    if (event.pointerType !== "touch") point(place(event));
  });
  const lift = () => stroke && (stroke.drawing = false);
  svg.addEventListener("pointerup", lift);
  svg.addEventListener("pointercancel", lift);
  svg.addEventListener("pointerleave", () => point(null));

  svg.addEventListener("keydown", (event) => {
    const [row, column] = focus, step = ARROWS[event.key], symbol = event.key.length === 1 ? event.key : "";
    const typed = painting && model.get("brushes").includes(symbol);
    if ((event.ctrlKey || event.metaKey) && symbol.toLowerCase() === "z") model.send({ kind: "undo" });
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (step && event.shiftKey && !painting) {
      begin();
      aim(row, column, step[1], step[0]);
    } else if (step) {
      const [r, c] = [row + step[0], column + step[1]];
      if (groups[r]?.[c]) {
        move(r, c);
        groups[r][c].focus();
      }
    } else if (event.key === "Enter" || event.key === " " || typed) {
      begin();
      if (painting) paint(row, column, typed ? symbol : undefined);
      else aim(row, column, 0, 0);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  update();
  model.on("change:picture", update);
  return () => {
    model.off("change:picture", update);
    forget();
  };
}

export default { render };
