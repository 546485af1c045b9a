// The curves of a live run, drawn where they are seen: Python sends points (chart.py), this draws them when the browser
// draws, as sharp as the screen is. It also makes the chart as high as the page has room for the whole panel, and
// replays a run to a reader who comes when it is over.

const REPLAY = 4000; // milliseconds, however long the run was
const SPOKEN = 5000; // milliseconds between two alternative texts: a screen reader is not to be flooded

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const written = (x) => (Math.abs(x) >= 1000 ? whole.format(x) : String(+x.toPrecision(4))).replace("-", "−");

// --- numbers ----------------------------------------------------------------------------------------------------------

function table(view, columns) { // bytes as rows of numbers: the step, and a value for each name
  const values = new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  return Array.from({ length: values.length / columns }, (_, row) => values.subarray(row * columns, (row + 1) * columns));
}

function ticks(low, high, many) { // round numbers, and ends of an axis around them that move rarely
  const rough = (high - low) / many, power = 10 ** Math.floor(Math.log10(rough));
  const each = power * [1, 2, 2.5, 5, 10].find((nice) => nice * power >= rough * 0.999);
  const [bottom, top] = [Math.floor((4 * low) / each + 1e-9) / 4, Math.ceil((4 * high) / each - 1e-9) / 4];
  const first = Math.ceil(bottom), count = Math.floor(top) - first + 1;
  const marks = Array.from({ length: count }, (_, k) => +((first + k) * each).toPrecision(12));
  return { marks, bottom: bottom * each, top: top * each };
}

function range(tables, columns, goal) { // of everything that one axes must show
  const values = tables.flatMap((rows) => rows.flatMap((row) => columns.map((k) => row[k]))).filter(Number.isFinite);
  if (goal !== null) values.push(goal, ...(values.length ? [] : [0]));
  let [low, high] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
  if (low > 0 && low < 0.5 * high) low = 0;
  return low < high ? [low, high] : [low < 0 ? low - 1 : Math.min(low, 0), high + (high > 0 ? high : 1)];
}

// --- drawing ----------------------------------------------------------------------------------------------------------

function draw(canvas, shown) {
  const { title, groups, goal, total, rows, until, before, beforeLabel, changes, reached, look, note } = shown;
  const { colors, lines } = look, all = [rows, before];
  const { clientWidth: width, clientHeight: height } = canvas, sharp = window.devicePixelRatio || 1;
  const em = parseFloat(getComputedStyle(canvas).fontSize), pen = canvas.getContext("2d");
  if (canvas.width !== Math.round(width * sharp)) canvas.width = Math.round(width * sharp);
  if (canvas.height !== Math.round(height * sharp)) canvas.height = Math.round(height * sharp);
  pen.setTransform(sharp, 0, 0, sharp, 0, 0);
  pen.fillStyle = colors.paper;
  pen.fillRect(0, 0, width, height);

  const font = (size = 1, weight = "") => (pen.font = `${weight} ${size * em}px "DejaVu Sans", Verdana, sans-serif`);
  const write = (text, x, y, color = colors.ink, align = "left", most = undefined) => {
    [pen.fillStyle, pen.textAlign, pen.textBaseline] = [color, align, "middle"];
    pen.fillText(text, x, y, most);
  };
  const stroke = (points, color, thick, dash = []) => { // a gap where a value is missing
    [pen.strokeStyle, pen.lineWidth, pen.lineJoin] = [color, thick, "round"];
    pen.setLineDash(dash);
    pen.beginPath();
    let down = false;
    for (const [x, y] of points) {
      if (Number.isFinite(y)) down ? pen.lineTo(x, y) : pen.moveTo(x, y);
      down = Number.isFinite(y);
    }
    pen.stroke();
    pen.setLineDash([]);
  };
  const dash = (line, thick) => line.dash.map((length) => length * thick);

  // The room: a title, for each axes a line that names its curves, and below the last one the steps.
  font();
  const last = rows.at(-1)?.[0] ?? 0, furthest = Math.max(last, before.at(-1)?.[0] ?? 0);
  let end = total;
  while (furthest > 1.02 * end) end *= 2; // a run that goes on: the axis grows rarely, and much
  end = Math.max(end, furthest);
  const steps = ticks(0, end, Math.max(2, Math.min(6, width / (7 * em)))).marks.filter((step) => step <= end * 1.0001);
  const head = title ? 1.7 * em : 0.3 * em, foot = 3.1 * em, named = 1.6 * em, between = 0.5 * em;
  const each = (height - head - foot) / groups.length - named - between;
  let column = 1;
  const axes = groups.map((names, place) => {
    const columns = names.map(() => column++), level = place === 0 ? goal : null;
    const many = Math.max(1.5, Math.min(5, each / (2.2 * em))), axis = ticks(...range(all, columns, level), many);
    return { names, columns, level, ...axis, y0: head + place * (each + named + between) + named, high: each };
  });
  const left = Math.max(...axes.flatMap((a) => a.marks.map((m) => pen.measureText(written(m)).width))) + 0.8 * em;
  const goalText = goal === null ? "" : `goal ${written(goal)}`;
  const right = width - Math.max(1.6 * em, goalText && pen.measureText(goalText).width + 0.8 * em);
  const x = (step) => left + (step / end) * (right - left);

  if (title) font(1.1, "bold"), write(title, left, 0.9 * em);
  font();
  for (const { names, columns, level, marks, bottom, top, y0, high } of axes) {
    const y = (value) => y0 + high * (1 - (value - bottom) / (top - bottom));
    const line = (rows, k) => rows.map((row) => [x(row[0]), y(row[k])]);
    for (const step of steps) stroke([[x(step), y0], [x(step), y0 + high]], "#E3E7EC", 0.9);
    for (const mark of marks) {
      stroke([[left, y(mark)], [right, y(mark)]], "#E3E7EC", 0.9);
      write(written(mark), left - 0.5 * em, y(mark), colors.ink, "right");
    }
    stroke([[left, y0], [left, y0 + high], [right, y0 + high]], colors.muted, 1);
    if (level !== null) {
      stroke([[left, y(level)], [right, y(level)]], colors.muted, 1.6, [5, 5]);
      write(goalText, right + 0.4 * em, y(level), colors.muted);
    }
    for (const [step] of changes) if (step <= until) stroke([[x(step), y0], [x(step), y0 + high]], colors.purple, 1.2);
    for (const k of columns) stroke(line(before, k), "#9AA3AE", 1.6, [1.5, 2.5]);
    columns.forEach((k, i) => stroke(line(rows, k), lines[i % lines.length].color, 2, dash(lines[i % lines.length], 2)));
    if (level !== null && reached !== null && reached <= until) {
      [pen.fillStyle, pen.strokeStyle, pen.lineWidth] = [colors.good, colors.paper, 1.5];
      pen.beginPath();
      pen.arc(x(reached), y(level), 0.36 * em, 0, 7);
      pen.fill();
      pen.stroke();
    }
    let from = left;
    const name = (text, color, thick, pattern) => {
      stroke([[from, y0 - 0.8 * em], [from + 1.8 * em, y0 - 0.8 * em]], color, thick, pattern);
      const room = width - from - 2.7 * em;
      if (room > 2 * em) write(text, from + 2.2 * em, y0 - 0.8 * em, colors.ink, "left", room);
      from += 3.6 * em + pen.measureText(text).width;
    };
    names.forEach((text, i) => name(text, lines[i % lines.length].color, 2.4, dash(lines[i % lines.length], 2.4)));
    const ghost = y0 === axes[0].y0 && beforeLabel ? `before: ${beforeLabel}` : "before";
    if (before.length) name(ghost, "#9AA3AE", 1.6, [1.5, 2.5]);
  }

  const base = axes.at(-1).y0 + axes.at(-1).high;
  stroke([[left, base], [x(Math.min(until, last)), base]], colors.blue, 3); // how far it is
  for (const step of steps) write(whole.format(step), x(step), base + 0.9 * em, colors.ink, "center");
  write("environment steps", (left + right) / 2, base + 2.2 * em, colors.ink, "center");
  if (note) write(note, left, base + 2.2 * em, colors.muted);

  font(0.85);
  const lanes = []; // texts of changes that would stand on one another stand below one another
  for (const [step, text] of changes.filter(([step]) => step <= until)) {
    const wide = pen.measureText(text).width, after = x(step) + 0.3 * em;
    const from = after + wide <= right ? after : Math.max(left, x(step) - 0.3 * em - wide);
    let lane = lanes.findIndex((free) => free < from);
    if (lane < 0) lane = lanes.length;
    if ((lane + 1) * 1.2 * em > axes[0].high) continue; // no room: its line stays
    lanes[lane] = from + wide + 0.6 * em;
    const y = axes[0].y0 + (0.6 + 1.2 * lane) * em;
    [pen.globalAlpha, pen.fillStyle] = [0.85, colors.paper];
    pen.fillRect(from - 1, y - 0.55 * em, wide + 2, 1.1 * em);
    pen.globalAlpha = 1;
    write(text, from, y, colors.teleport);
  }
}

// --- the page ---------------------------------------------------------------------------------------------------------

function fitted(panel, body, groups) { // a height with which all of the panel is seen at once
  const em = parseFloat(getComputedStyle(body).fontSize);
  const page = body.closest(".jp-WindowedPanel-outer")?.clientHeight || window.innerHeight;
  const room = page - (panel.offsetHeight - body.offsetHeight) - 1.2 * em;
  return Math.max((7 + 4 * groups) * em, Math.min(room, (14 + 11 * groups) * em));
}

function render({ model, el }) {
  el.classList.add("rlcourse-chart");
  const canvas = el.appendChild(document.createElement("canvas"));
  canvas.setAttribute("role", "img");
  const again = el.appendChild(document.createElement("button"));
  again.className = "jupyter-button rlcourse-replay";
  again.textContent = "Replay";
  again.title = "Let the curves of this run grow once more";

  let frame, began = null, spoken = -SPOKEN; // when a replay began, and when the alternative text was written
  let visible = false, missed = !model.get("training"); // the end came when nobody saw it
  const ask = () => (frame ??= requestAnimationFrame(paint));
  const paint = (now) => {
    frame = undefined;
    if (!canvas.clientWidth || !canvas.clientHeight) return;
    const groups = model.get("groups"), columns = 1 + groups.flat().length;
    let rows = table(model.get("points"), columns), until = Infinity;
    const last = rows.at(-1);
    if (began !== null) {
      const part = (now - began) / REPLAY;
      if (part < 1) until = part * (last?.[0] ?? 0);
      else began = null;
      rows = rows.filter(([step]) => step <= until);
    }
    again.disabled = !last || model.get("training");
    again.hidden = again.disabled;
    draw(canvas, {
      title: model.get("title"), groups, goal: model.get("goal"), total: model.get("total_steps"), look: model.get("look"),
      rows, until, before: table(model.get("before"), columns), beforeLabel: model.get("before_label"),
      changes: model.get("changes"), reached: model.get("reached"),
      note: began === null ? "" : `replay, step ${whole.format(rows.at(-1)?.[0] ?? 0)}`,
    });
    canvas.dataset.step = rows.at(-1)?.[0] ?? 0;
    if (now - spoken > SPOKEN || !model.get("training")) {
      const values = groups.flat().map((name, k) => `${name} ${last && Number.isFinite(last[k + 1]) ? written(last[k + 1]) : "none"}`);
      const text = `${model.get("title") || "Curves"} against environment steps. `;
      const ghost = model.get("before").byteLength ? ` In grey, before: ${model.get("before_label")}.` : "";
      const label = `${text}${last ? `At step ${whole.format(last[0])}: ${values.join(", ")}.` : "Nothing yet."}${ghost}`;
      if (canvas.getAttribute("aria-label") !== label) canvas.setAttribute("aria-label", label);
      spoken = now;
    }
    if (began !== null) ask();
  };
  const replay = () => {
    began = performance.now();
    ask();
  };
  again.addEventListener("click", replay);

  const update = () => {
    if (model.get("training")) began = null;
    missed = !model.get("training") && (missed || !visible);
    ask();
  };
  const names = ["points", "before", "training", "changes", "total_steps"].map((trait) => `change:${trait}`);
  names.forEach((name) => model.on(name, update));

  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const sight = new IntersectionObserver((entries) => {
    visible = entries.at(-1).intersectionRatio >= 0.5;
    if (!visible || !missed) return;
    missed = false;
    if (!still) replay();
  }, { threshold: 0.5 });
  sight.observe(canvas);

  const room = new ResizeObserver(() => {
    const panel = el.closest(".rlcourse-panel");
    if (panel && el.parentElement) {
      const height = `${Math.round(fitted(panel, el.parentElement, model.get("groups").length))}px`;
      if (panel.style.getPropertyValue("--rl-chart-height") !== height) panel.style.setProperty("--rl-chart-height", height);
    }
    ask();
  });
  room.observe(el);
  const waiting = setTimeout(() => { // it is put into the page a little later
    const panel = el.closest(".rlcourse-panel");
    if (panel) room.observe(panel);
  }, 60);
  const resized = () => requestAnimationFrame(() => {
    room.unobserve(el);
    room.observe(el); // which tells its size at once
  });
  window.addEventListener("resize", resized);
  ask();
  return () => {
    clearTimeout(waiting);
    if (frame) cancelAnimationFrame(frame);
    sight.disconnect();
    room.disconnect();
    window.removeEventListener("resize", resized);
    names.forEach((name) => model.off(name, update));
  };
}

export default { render };
