// Figures as SVG: each function takes a place and numbers, draws, and draws again where it is called again or its place
// changes its width. Every figure has a name and a description for screen readers and its numbers as a table.
(() => {
  "use strict";
  const NS = "http://www.w3.org/2000/svg";
  const WIDE = 1.96; // standard errors of a 95 % interval
  const GAP = 6; // pixels between a mark and its label
  const KEPT = new WeakMap(); // what stands in a place
  const MOVES = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 };

  // ---------------------------------------------------------------------------------------------------- parts

  function node(tag, attributes = {}, ...children) {
    const made = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== null && value !== false) made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  const text = (x, y, said, attributes = {}) => node("text", { x, y, ...attributes }, String(said));
  const line = (x1, y1, x2, y2, name) => node("line", { x1, y1, x2, y2, class: name });
  const linear = (from, to, start, end) => (value) => start + ((value - from) / (to - from || 1)) * (end - start);
  const near = (value) => Math.round(value * 10) / 10;
  const bounded = (value, low, high) => Math.min(high, Math.max(low, value));

  // Round numbers that part a range into about `count`.
  function ticks(low, high, count) {
    const rough = (high - low) / Math.max(1, count) || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.999);
    const found = [];
    for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at += 1) found.push(Number((at * step).toFixed(10)));
    return found;
  }

  // Round numbers of days: weeks where there are many.
  function weeks(low, high, count) {
    const step = [1, 2, 7, 14, 28, 56, 112, 224].find((one) => (high - low) / one <= count) ?? 448;
    const found = [];
    for (let day = Math.ceil(low / step) * step; day <= high; day += step) found.push(day);
    return found;
  }

  function brief(value) {
    return Numbers.number(value, Number.isInteger(value) ? 0 : Math.abs(value * 10 % 1) < 1e-9 ? 1 : 2);
  }

  // A place that holds one figure: its picture, and its numbers as a table that is filled once it is opened.
  function framed(place, spec, paint, role = "img") {
    let kept = KEPT.get(place);
    if (!kept) {
      const svg = node("svg", { role, focusable: "false" });
      const table = document.createElement("table");
      const scroll = Object.assign(document.createElement("div"), { className: "scroll", tabIndex: 0 });
      scroll.setAttribute("role", "region");
      scroll.append(table);
      const more = Object.assign(document.createElement("details"), { className: "as-table" });
      more.append(Object.assign(document.createElement("summary"), { textContent: "The numbers as a table" }), scroll);
      place.classList.add("drawing");
      place.replaceChildren(svg, more);
      kept = { svg, table, scroll, more, width: 0 };
      KEPT.set(place, kept);
      more.addEventListener("toggle", () => filled(kept));
      kept.watch = new ResizeObserver(() => {
        if (!place.clientWidth || place.clientWidth === kept.width) return;
        kept.width = place.clientWidth;
        repaint(place, kept);
      });
      kept.watch.observe(place);
    }
    kept.spec = spec;
    kept.paint = paint;
    kept.more.hidden = !spec.table || spec.plain === true;
    repaint(place, kept);
    return kept;
  }

  function repaint(place, kept) {
    const { svg, spec } = kept;
    kept.width ||= place.clientWidth; // later the observer says so: to ask while drawing makes the browser lay out the page
    const width = Math.max(220, kept.width || 600);
    const height = typeof spec.height === "function" ? spec.height(width) : spec.height;
    const focused = svg.contains(document.activeElement) ? document.activeElement.getAttribute("data-handle") : null;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    svg.setAttribute("aria-label", [spec.title, spec.desc].filter(Boolean).join(". "));
    svg.replaceChildren(...kept.paint(width, height, kept).filter(Boolean));
    if (focused !== null) svg.querySelector(`[data-handle="${focused}"]`)?.focus();
    kept.scroll.setAttribute("aria-label", `${spec.title}: numbers`);
    filled(kept);
  }

  function filled(kept) {
    if (!kept.more.open || !kept.spec.table) return;
    const { columns, rows } = kept.spec.table();
    const cell = (tag, said, scope) => {
      const made = document.createElement(tag);
      made.textContent = said;
      if (scope) made.scope = scope;
      return made;
    };
    const row = (cells) => {
      const made = document.createElement("tr");
      made.append(...cells);
      return made;
    };
    const head = document.createElement("thead");
    head.append(row(columns.map((said) => (said ? cell("th", said, "col") : cell("td", "")))));
    const body = document.createElement("tbody");
    body.append(...rows.map(([name, ...cells]) => row([cell("th", name, "row"), ...cells.map((said) => cell("td", said))])));
    kept.table.replaceChildren(head, body);
  }

  function axes({ x, y, box, xTicks, yTicks, xLabel, yLabel, write = brief, inside = false }) {
    const made = [];
    for (const value of yTicks) {
      made.push(line(box.left, near(y(value)), box.right, near(y(value)), "grid"));
      made.push(text(box.left - GAP, near(y(value)) + 4, write(value), { class: "tick", "text-anchor": "end" }));
    }
    for (const value of xTicks) {
      made.push(line(near(x(value)), box.bottom, near(x(value)), box.bottom + 4, "axis"));
      made.push(text(near(x(value)), box.bottom + 17, brief(value), { class: "tick", "text-anchor": "middle" }));
    }
    made.push(line(box.left, box.bottom, box.right, box.bottom, "axis"));
    if (xLabel) made.push(text((box.left + box.right) / 2, box.bottom + 33, xLabel, { class: "name", "text-anchor": "middle" }));
    if (yLabel) made.push(text(inside ? box.left : 2, 11, yLabel, { class: "name" }));
    return made;
  }

  function mark(x, y, arm, size = 3.6) {
    if (arm === "b") return node("rect", { x: near(x - size), y: near(y - size), width: 2 * size, height: 2 * size, class: "mark" });
    if (arm === "soft") return node("path", { d: `M${near(x)} ${near(y - size - 1)}l${size + 1} ${size + 1}l${-size - 1} ${size + 1}l${-size - 1} ${-size - 1}z`, class: "mark" });
    return node("circle", { cx: near(x), cy: near(y), r: size, class: "mark" });
  }

  // ----------------------------------------------------------------------------------------- a course in time

  // Phases behind a course: [{name, from, to}], and the dosing days.
  function marked({ phases = [], doses = [] }, x, box) {
    const made = [];
    let end = -Infinity;
    for (const { name, from, to } of phases) {
      const [left, right] = [Math.max(box.left, x(from) - 5), Math.min(box.right, x(to) + 5)];
      made.push(node("rect", { x: near(left), y: box.top, width: near(Math.max(2, right - left)), height: box.bottom - box.top, class: "phase" }));
      const wide = name.length * 6.1, middle = (left + right) / 2;
      const at = bounded(middle, box.left + wide / 2, box.right - wide / 2);
      if (at - wide / 2 < end + 4 || wide > right - left + 40) continue;
      end = at + wide / 2;
      made.push(text(near(at), box.bottom - 6, name, { class: "phase-name", "text-anchor": "middle" }));
    }
    for (const day of doses) {
      made.push(line(near(x(day)), box.top, near(x(day)), box.bottom, "dose"));
      made.push(node("path", { d: `M${near(x(day) - 5)} ${box.top - 7}h10l-5 7z`, class: "dose-mark" }));
    }
    if (doses.length) {
      const last = x(doses.at(-1)) > box.right - 70;
      made.push(text(near(x(doses[0]) + (last ? -9 : 9)), box.top - 1, doses.length > 1 ? "dosing days" : "dosing day",
        { class: "phase-name", "text-anchor": last ? "end" : "start" }));
    }
    return made;
  }

  function curve({ arm, days, values, low, high }, x, y) {
    const group = node("g", { class: `series arm-${arm}` });
    const there = days.map((_, at) => at).filter((at) => Number.isFinite(values[at]));
    if (low && high) {
      const edge = [...there.map((at) => [days[at], high[at]]), ...there.toReversed().map((at) => [days[at], low[at]])];
      group.append(node("polygon", { class: "band", points: edge.map(([day, value]) => `${near(x(day))},${near(y(value))}`).join(" ") }));
    }
    const points = there.map((at) => [x(days[at]), y(values[at])]);
    group.append(node("polyline", { class: "line", points: points.map(([across, up]) => `${near(across)},${near(up)}`).join(" ") }));
    if (points.length < 60) group.append(...points.map(([across, up]) => mark(across, up, arm)));
    return group;
  }

  // Names at the ends of lines, moved apart where they would cover one another.
  function ends(series, x, y, box) {
    const found = series.map((one) => {
      const at = one.values.findLastIndex((value) => Number.isFinite(value));
      return at < 0 ? null : { one, across: x(one.days[at]), up: y(one.values[at]) };
    }).filter(Boolean).sort((p, q) => p.up - q.up);
    for (let at = 1; at < found.length; at += 1) found[at].up = Math.max(found[at].up, found[at - 1].up + 14);
    return found.map(({ one, across, up }) => text(near(across + GAP + 2), near(Math.min(up, box.bottom - 2) + 4), one.short ?? one.name,
      { class: `end arm-${one.arm}` }));
  }

  function spanOf(spec) {
    const days = [...spec.series.flatMap((one) => one.days), ...(spec.doses ?? []),
      ...(spec.phases ?? []).flatMap((one) => [one.from, one.to])];
    return spec.x ?? [Math.min(0, ...days), Math.max(1, ...days)];
  }

  function courseFrame(spec, width, height) {
    const room = Math.max(14, ...spec.series.map((one) => (one.short ?? one.name).length * 7.2 + 12));
    const box = { left: 38, right: width - Math.min(room, width / 4), top: 32, bottom: height - 40 };
    const [from, to] = spanOf(spec);
    const x = linear(from, to, box.left + 8, box.right - 6), y = linear(spec.y[0], spec.y[1], box.bottom, box.top);
    const parts = [...marked(spec, x, box), ...axes({
      x, y, box, xTicks: weeks(from, to, bounded(Math.floor(width / 55), 3, 12)), yTicks: ticks(spec.y[0], spec.y[1], 4),
      xLabel: spec.xLabel ?? "days since the patient enrolled", yLabel: spec.label,
    })];
    return { box, x, y, parts };
  }

  // Lines in time. spec: {series: [{name, short, arm, days, values, low?, high?, errors?}], phases: [{name, from, to}], doses: [day],
  // y: [low, high], x: [from, to]?, label, title, desc, height}.
  function course(place, spec) {
    const whole = {
      height: (width) => bounded(Math.round(width * 0.48), 210, 380), title: spec.label, table: () => courseTable(spec), ...spec,
    };
    framed(place, whole, (width, height, kept) => {
      const { box, x, y, parts } = courseFrame(spec, width, height);
      const hair = node("g", { class: "hair", visibility: "hidden" });
      kept.svg.onpointermove = (event) => pointed(kept, spec, { box, x, y }, hair, event);
      kept.svg.onpointerleave = () => hair.setAttribute("visibility", "hidden");
      return [...parts, ...spec.series.map((one) => curve(one, x, y)), ...ends(spec.series, x, y, box), hair];
    });
  }

  // Where the pointer is, the numbers of the nearest day.
  function pointed(kept, spec, { box, x, y }, hair, event) {
    const place = kept.svg.getBoundingClientRect();
    const across = ((event.clientX - place.left) / place.width) * kept.svg.viewBox.baseVal.width;
    const days = [...new Set(spec.series.flatMap((one) => one.days))];
    if (!days.length) return;
    const day = days.reduce((best, one) => (Math.abs(x(one) - across) < Math.abs(x(best) - across) ? one : best));
    const rows = spec.series.map((one) => [one, one.values[one.days.indexOf(day)], one.errors?.[one.days.indexOf(day)]])
      .filter(([, value]) => Number.isFinite(value));
    const said = [`day ${day}`, ...rows.map(([one, value, error]) => `${one.short ?? one.name}  ${error === undefined
      ? Numbers.number(value, 2) : Numbers.shown(value, error, { places: 3 })}`)];
    const wide = 16 + 6.6 * Math.max(...said.map((one) => one.length));
    const left = x(day) + 10 + wide > box.right ? x(day) - 10 - wide : x(day) + 10;
    hair.replaceChildren(line(near(x(day)), box.top, near(x(day)), box.bottom, "hair-line"),
      ...rows.map(([one, value]) => node("g", { class: `arm-${one.arm}` }, mark(x(day), y(value), one.arm, 5))),
      node("rect", { x: near(left), y: box.top + 2, width: wide, height: 8 + 16 * said.length, rx: 4, class: "hair-box" }),
      ...said.map((one, at) => text(near(left + 8), box.top + 18 + 16 * at, one, { class: at ? `end arm-${rows[at - 1][0].arm}` : "name" })));
    hair.setAttribute("visibility", "visible");
  }

  function courseTable(spec) {
    const days = [...new Set(spec.series.flatMap((one) => one.days))].sort((p, q) => p - q);
    const said = (one, day) => {
      const at = one.days.indexOf(day);
      if (at < 0 || !Number.isFinite(one.values[at])) return "–";
      return one.errors ? Numbers.shown(one.values[at], one.errors[at], { places: 3 }) : Numbers.number(one.values[at], 2);
    };
    return { columns: ["Day", ...spec.series.map((one) => one.name)],
      rows: days.map((day) => [String(day), ...spec.series.map((one) => said(one, day))]) };
  }

  // --------------------------------------------------------------------------------------------- many as dots

  // One dot for each of many numbers, stacked where they are alike, a row for each series. spec: {series: [{name, arm, values,
  // mean?, own?}], step (between possible values), zone: [low, high]?, zoneName, x: [low, high]?, xLabel, label, title, desc}.
  function dots(place, spec) {
    const whole = { height: 44 + 110 * spec.series.length, title: spec.label, table: () => dotsTable(spec), ...spec };
    framed(place, whole, (width, height) => {
      const box = { left: 30, right: width - 12, top: 18, bottom: height - 40 };
      const all = spec.series.flatMap((one) => Array.from(one.values)).filter(Number.isFinite);
      const step = spec.step ?? 1;
      const [from, to] = spec.x ?? [Math.min(...all, 0) - step, Math.max(...all, 0) + step];
      const x = linear(from, to, box.left, box.right);
      const bin = step * Math.max(1, Math.ceil(5 / Math.abs(x(step) - x(0))));
      const row = (box.bottom - box.top) / spec.series.length;
      const made = axes({ x, y: () => 0, box, xTicks: ticks(from, to, bounded(Math.floor(width / 80), 3, 10)), yTicks: [], xLabel: spec.xLabel });
      if (spec.zone) {
        made.unshift(node("rect", { x: near(x(spec.zone[0])), y: box.top, width: near(x(spec.zone[1]) - x(spec.zone[0])), height: box.bottom - box.top, class: "phase" }));
        if (spec.zoneName) made.push(text(near((x(spec.zone[0]) + x(spec.zone[1])) / 2), 11, spec.zoneName, { class: "phase-name", "text-anchor": "middle" }));
      }
      spec.series.forEach((one, at) => made.push(heap(one, x, bin, { left: box.left, right: box.right, top: box.top + at * row, bottom: box.top + (at + 1) * row })));
      return made;
    });
  }

  function heap(one, x, bin, box) {
    const stacks = new Map();
    for (const value of one.values) {
      if (Number.isFinite(value)) stacks.set(Math.round(value / bin), (stacks.get(Math.round(value / bin)) ?? 0) + 1);
    }
    const most = Math.max(1, ...stacks.values()), across = Math.abs(x(bin) - x(0)) * 0.9, up = box.bottom - box.top - 22;
    let size = Math.min(9, across);
    const abreast = () => Math.max(1, Math.floor(across / size));
    while (size > 0.8 && Math.ceil(most / abreast()) * size > up) size -= 0.2;
    const path = [];
    for (const [place, count] of stacks) {
      const wide = Math.min(abreast(), count);
      for (let at = 0; at < count; at += 1) {
        const left = x(place * bin) + ((at % wide) - (wide - 1) / 2) * size;
        path.push(`M${near(left)} ${near(box.bottom - 2 - size / 2 - Math.floor(at / wide) * size)}h.01`);
      }
    }
    const group = node("g", { class: `series arm-${one.arm}` },
      line(box.left, box.bottom, box.right, box.bottom, "axis"),
      node("path", { d: path.join(""), class: "heap", "stroke-width": near(size * 0.86) }),
      text(2, box.top + 16, one.short ?? one.name, { class: `end arm-${one.arm}` }));
    const mean = one.mean ?? Numbers.mean(one.values);
    if (Number.isFinite(mean)) {
      group.append(line(near(x(mean)), box.top + 16, near(x(mean)), box.bottom, "mean"),
        text(bounded(near(x(mean)), box.left + 34, box.right - 34), box.top + 12, `mean ${Numbers.number(mean, 1)}`, { class: `end arm-${one.arm}`, "text-anchor": "middle" }));
    }
    if (Number.isFinite(one.own)) group.append(node("circle", { cx: near(x(one.own)), cy: box.bottom - 6, r: 6, class: "own" }));
    return group;
  }

  function dotsTable(spec) {
    const shares = [0.1, 0.25, 0.5, 0.75, 0.9];
    return { columns: ["", "mean", ...shares.map((share) => `${Math.round(100 * share)} % below`), "how many"],
      rows: spec.series.map((one) => [one.name, Numbers.number(one.mean ?? Numbers.mean(one.values), 1),
        ...shares.map((share) => Numbers.number(Numbers.quantile(one.values, share), 1)),
        String(Array.from(one.values).filter(Number.isFinite).length)]) };
  }

  // -------------------------------------------------------------------------------------------------- bars

  const ROW = { name: 19, bar: 20, gap: 8 };

  function barLayout(bars) {
    let at = 4, group;
    return bars.map((one) => {
      const named = one.group === undefined || one.group !== group;
      if (named) at += (at > 4 ? ROW.gap : 0) + ROW.name;
      group = one.group;
      const place = { named, top: at };
      at += ROW.bar;
      return place;
    });
  }

  function barFrame(spec, width) {
    const places = barLayout(spec.bars), bottom = (places.at(-1)?.top ?? 0) + ROW.bar + 4;
    const paired = spec.bars.some((one) => one.group !== undefined);
    const low = spec.y[0], wide = Math.max(1, ...spec.bars.map((one) => (one.short ?? one.arm ?? "").length)), left = (paired ? Math.max(24, 8 + 8 * wide) : 4) + (low < 0 ? 64 : 0);
    const box = { left, right: width - 92, top: 4, bottom };
    return { places, paired, box, x: linear(low, spec.y[1], box.left, box.right), zero: bounded(0, low, spec.y[1]) };
  }

  const barsHeight = (bars) => (barLayout(bars).at(-1)?.top ?? 0) + ROW.bar + 6;

  // Level bars, their names above them. spec: {bars: [{name, short?, arm, value, error?, group?, text?}], y: [low, high], unit, label,
  // title, desc}: bars of one group stand under the group's name.
  function bars(place, spec) {
    const whole = { height: barsHeight(spec.bars), title: spec.label, table: () => barsTable(spec), ...spec };
    framed(place, whole, (width) => {
      const { places, paired, box, x, zero } = barFrame(spec, width);
      return [...zeroLine(places, near(x(zero))), ...spec.bars.flatMap((one, at) => bar(one, places[at], paired, x, zero, spec))];
    });
  }

  // Beside the bars, and not through the names above them.
  const zeroLine = (places, x) => places.map(({ top }) => line(x, top, x, top + ROW.bar, "axis"));

  function bar(one, { named, top }, paired, x, zero, spec) {
    const made = [];
    if (named) made.push(text(2, top - 5, one.group ?? one.name, { class: "name" }));
    if (paired) made.push(text(2, top + 13, one.short ?? one.arm?.toUpperCase() ?? "", { class: `end arm-${one.arm}` }));
    if (!Number.isFinite(one.value)) return [...made, text(near(x(zero) + GAP), top + 13, "–", { class: "name" })];
    const [from, to] = [x(zero), x(bounded(one.value, spec.y[0], spec.y[1]))].sort((p, q) => p - q);
    const group = node("g", { class: `series arm-${one.arm}` },
      node("rect", { x: near(from), y: top + 3, width: near(Math.max(1, to - from)), height: ROW.bar - 6, class: "bar" }));
    const margin = one.error ? WIDE * one.error : 0;
    const ends = [one.value - margin, one.value + margin].map((value) => x(bounded(value, spec.y[0], spec.y[1])));
    if (margin) {
      group.append(node("path", { d: `M${near(ends[0])} ${top + 10}H${near(ends[1])}M${near(ends[0])} ${top + 6}v8M${near(ends[1])} ${top + 6}v8`, class: "whisker" }));
    }
    const said = one.text ?? (one.error === undefined ? Numbers.number(one.value, spec.places ?? 1) : Numbers.shown(one.value, one.error));
    const negative = one.value < 0;
    made.push(group, text(near(negative ? Math.min(from, ends[0]) - GAP : Math.max(to, ends[1]) + GAP), top + 14, said + (spec.unit ? ` ${spec.unit}` : ""),
      { class: "value", "text-anchor": negative ? "end" : "start" }));
    return made;
  }

  function barsTable(spec) {
    return { columns: ["", spec.unit ? `${spec.label} (${spec.unit})` : spec.label], rows: spec.bars.map((one) => [
      one.group === undefined ? one.name : `${one.group}: ${one.name}`, one.text ?? Numbers.shown(one.value, one.error)]) };
  }

  // -------------------------------------------------------------------------------------- guesses, to be dragged

  // A handle that a keyboard moves too. about: {low, high, step, label, said}.
  function handle(at, about, value, move, ...shapes) {
    const made = node("g", { class: "handle", role: "slider", tabindex: "0", "data-handle": at, "aria-label": about.label,
      "aria-valuemin": about.low, "aria-valuemax": about.high, "aria-orientation": about.upright ? "vertical" : "horizontal" }, ...shapes);
    const say = (now) => {
      made.setAttribute("aria-valuenow", now);
      made.setAttribute("aria-valuetext", about.said(now));
    };
    say(value);
    made.addEventListener("keydown", (event) => {
      const now = Number(made.getAttribute("aria-valuenow"));
      const wanted = { Home: about.low, End: about.high }[event.key] ?? now + (MOVES[event.key] ?? 0) * about.step;
      if (wanted === now && !(event.key in MOVES)) return;
      event.preventDefault();
      move(bounded(wanted, about.low, about.high));
    });
    made.say = say;
    return made;
  }

  // Follow a finger or the mouse from where it is put down until it is lifted.
  function dragged(area, moved) {
    const point = (event) => {
      const svg = area.ownerSVGElement, place = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
      moved(((event.clientX - place.left) / place.width) * view.width, ((event.clientY - place.top) / place.height) * view.height, event.type === "pointerdown");
    };
    area.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      area.setPointerCapture(event.pointerId);
      point(event);
    });
    area.addEventListener("pointermove", (event) => {
      if (area.hasPointerCapture(event.pointerId)) point(event);
    });
  }

  function stepped(value, [low, high], step) {
    return Number(bounded(Math.round(value / step) * step, low, high).toFixed(6));
  }

  // What all guesses share: the value, whether it may still be moved, and the answer once it is shown.
  function guessed(place, spec, value, paint, heightOf, table) {
    const state = { value, answer: spec.answer ?? null, locked: spec.locked === true || Boolean(spec.answer) };
    const again = () => framed(place, { height: heightOf(state), title: spec.label, desc: state.locked ? "" : "Drag, or use the arrow keys.",
      ...spec, table: state.answer ? () => table(state) : null }, (width, tall, kept) => paint(state, width, tall, kept, changed), "group");
    const changed = (next, whole = false) => {
      state.value = next;
      if (whole) again();
      spec.onchange?.(next);
    };
    again();
    return Object.freeze({
      get value() { return state.value; },
      set(next) { state.value = next; again(); },
      lock() { state.locked = true; again(); },
      reveal(answer) { Object.assign(state, { answer, locked: true }); again(); },
    });
  }

  // A line to draw: at each of `days` a handle. spec: {days, value: [number], y: [low, high], step?, phases, doses, label, said?(number),
  // answer?: {values, low?, high?, days?, name, arm} or a list of such, onchange(values)}.
  function guessLine(place, spec) {
    const step = spec.step ?? (spec.y[1] - spec.y[0]) / 50;
    const begin = spec.value ?? spec.days.map(() => (spec.y[0] + spec.y[1]) / 2);
    const said = spec.said ?? ((value) => Numbers.number(value, 2));
    const paint = (state, width, height, kept, changed) => {
      const answers = [spec.beside ?? [], state.answer ?? []].flat().map((one) => ({ days: spec.days, name: "simulated", arm: "a", ...one }));
      const mine = () => ({ name: "your guess", short: "you", arm: "guess", days: spec.days, values: state.value });
      const { box, x, y, parts } = courseFrame({ ...spec, series: [mine(), ...answers], x: spec.x }, width, height);
      const drawn = node("polyline", { class: "line" });
      const group = node("g", { class: "series arm-guess" }, drawn);
      const handles = [];
      const follow = () => {
        drawn.setAttribute("points", spec.days.map((day, at) => `${near(x(day))},${near(y(state.value[at]))}`).join(" "));
        handles.forEach((one, at) => {
          one.setAttribute("transform", `translate(${near(x(spec.days[at]))} ${near(y(state.value[at]))})`);
          one.say?.(state.value[at]);
        });
      };
      const put = (at, value) => {
        changed(state.value.map((one, other) => (other === at ? stepped(value, spec.y, step) : one)));
        follow();
      };
      const area = node("rect", { x: box.left, y: box.top - 12, width: box.right - box.left, height: box.bottom - box.top + 20, class: "area" });
      if (!state.locked) {
        spec.days.forEach((day, at) => handles.push(handle(at, { low: spec.y[0], high: spec.y[1], step, upright: true, said,
          label: `${spec.label}, day ${day}` }, state.value[at], (value) => put(at, value), node("circle", { r: 22, class: "reach" }), node("circle", { r: 8, class: "grip" }))));
        const inverse = linear(box.bottom, box.top, spec.y[0], spec.y[1]);
        dragged(area, (across, up, down) => {
          const at = spec.days.reduce((best, day, other) => (Math.abs(x(day) - across) < Math.abs(x(spec.days[best]) - across) ? other : best), 0);
          put(at, inverse(up));
          if (down) handles[at].focus({ preventScroll: true });
        });
        handles.forEach((one) => one.classList.add("see-through"));
      }
      group.append(...handles);
      follow();
      return [...parts, ...answers.map((one) => curve(one, x, y)), state.locked ? null : area, group,
        ...ends([mine(), ...answers], x, y, box)];
    };
    return guessed(place, spec, begin, paint, () => (width) => bounded(Math.round(width * 0.48), 220, 360), (state) => courseTable({
      series: [{ name: "your guess", days: spec.days, values: state.value }, ...[state.answer].flat().map((one) => ({ days: spec.days, name: "simulated", ...one }))] }));
  }

  // Bars to drag. spec: {bars: [{name, short?, arm, value, group?}], y: [low, high], step?, unit, label, said?, answer?: [{value, error?}]
  // in the order of the bars, onchange(values)}.
  function guessBars(place, spec) {
    const step = spec.step ?? (spec.y[1] - spec.y[0]) / 100;
    const said = spec.said ?? ((value) => `${Numbers.number(value, step < 1 ? 1 : 0)}${spec.unit ? ` ${spec.unit}` : ""}`);
    const begin = spec.bars.map((one) => one.value ?? (spec.y[0] + spec.y[1]) / 2);
    const doubled = (state) => spec.bars.flatMap((one, at) => {
      const group = one.group === undefined ? one.name : `${one.group}: ${one.name}`;
      const guess = { ...one, name: "your guess", short: "you", group, arm: "guess", value: state.value[at], error: undefined };
      return state.answer ? [guess, { ...one, name: "simulated", short: one.short ?? one.arm.toUpperCase(), group, ...state.answer[at] }] : [{ ...one, value: state.value[at] }];
    });
    const paint = (state, width, height, kept, changed) => {
      const shown = doubled(state), { places, paired, box, x, zero } = barFrame({ ...spec, bars: shown }, width);
      const made = zeroLine(places, near(x(zero)));
      if (state.locked) {
        shown.forEach((one, at) => made.push(...bar(one, places[at], paired, x, zero, { ...spec, places: step < 1 ? 1 : 0 })));
        return made;
      }
      const inverse = linear(box.left, box.right, spec.y[0], spec.y[1]);
      spec.bars.forEach((one, at) => {
        const { named, top } = places[at];
        if (named) made.push(text(2, top - 5, one.group ?? one.name, { class: "name" }));
        if (paired) made.push(text(2, top + 13, one.short ?? one.arm?.toUpperCase() ?? "", { class: `end arm-${one.arm}` }));
        const rect = node("rect", { y: top + 3, height: ROW.bar - 6, class: "bar" });
        const label = text(0, top + 14, "", { class: "value" });
        const grip = node("g", {}, node("circle", { r: 22, class: "reach" }), node("rect", { x: -6, y: -11, width: 12, height: 22, rx: 4, class: "grip" }));
        const put = (value) => {
          changed(state.value.map((old, other) => (other === at ? stepped(value, spec.y, step) : old)));
          follow();
        };
        const own = handle(at, { low: spec.y[0], high: spec.y[1], step, said, label: paired ? `${one.group}: ${one.name}` : one.name },
          state.value[at], put, grip);
        own.classList.add("see-through");
        const area = node("rect", { x: 0, y: top - 2, width, height: ROW.bar + 4, class: "area" });
        const follow = () => {
          const [from, to] = [x(zero), x(state.value[at])].sort((p, q) => p - q);
          rect.setAttribute("x", near(from));
          rect.setAttribute("width", near(Math.max(1, to - from)));
          grip.setAttribute("transform", `translate(${near(x(state.value[at]))} ${top + 10})`);
          label.setAttribute("x", near(Math.max(to, x(zero)) + 16));
          label.textContent = said(state.value[at]);
          own.say(state.value[at]);
        };
        follow();
        dragged(area, (across, up, down) => {
          put(inverse(across));
          if (down) own.focus({ preventScroll: true });
        });
        made.push(node("g", { class: `series arm-${one.arm}` }, rect), area, label, node("g", { class: `arm-${one.arm}` }, own));
      });
      return made;
    };
    return guessed(place, spec, begin, paint, (state) => barsHeight(doubled(state)), (state) => barsTable({ ...spec, bars: doubled(state) }));
  }

  // A number to set on a line. spec: {value, low, high, step, unit, label, said?, answer?: {value, error?, name?}, onchange(value)}.
  function guessNumber(place, spec) {
    const step = spec.step ?? (spec.high - spec.low) / 100, range = [spec.low, spec.high];
    const said = spec.said ?? ((value) => `${Numbers.number(value, step < 1 ? 1 : 0)}${spec.unit ? ` ${spec.unit}` : ""}`);
    const paint = (state, width, height, kept, changed) => {
      const box = { left: 22, right: width - 22, top: 34, bottom: 62 }, x = linear(spec.low, spec.high, box.left, box.right);
      const made = axes({ x, y: () => 0, box, xTicks: ticks(spec.low, spec.high, bounded(Math.floor(width / 70), 3, 11)), yTicks: [], xLabel: spec.unit });
      const label = text(0, 16, "", { class: "end arm-guess", "text-anchor": "middle" });
      const grip = node("g", {}, node("circle", { r: 22, class: "reach" }), node("path", { d: "M0 14l-10 -14v-12h20v12z", class: "grip" }));
      const follow = () => {
        grip.setAttribute("transform", `translate(${near(x(state.value))} ${box.bottom - 14})`);
        const wide = said(state.value).length * 4 + 20;
        label.setAttribute("x", near(bounded(x(state.value), wide, width - wide)));
        label.textContent = `${state.locked ? "your guess: " : ""}${said(state.value)}`;
        own?.say?.(state.value);
      };
      const put = (value) => {
        changed(stepped(value, range, step));
        follow();
      };
      const own = state.locked ? null : handle(0, { low: spec.low, high: spec.high, step, said, label: spec.label }, state.value, put, grip);
      own?.classList.add("see-through");
      const area = node("rect", { x: 0, y: 4, width, height: 70, class: "area" }), inverse = linear(box.left, box.right, spec.low, spec.high);
      if (!state.locked) {
        dragged(area, (across, up, down) => {
          put(inverse(across));
          if (down) own.focus({ preventScroll: true });
        });
      }
      follow();
      made.push(label, state.locked ? null : area, node("g", { class: "arm-guess" }, own ?? grip));
      if (state.answer) {
        const { value, error } = state.answer, at = x(bounded(value, ...range)), wide = error ? WIDE * error : 0;
        made.push(node("g", { class: `series arm-${state.answer.arm ?? "good"}` },
          node("rect", { x: near(x(bounded(value - wide, ...range)) - 2), y: box.bottom + 24, width: near(x(bounded(value + wide, ...range)) - x(bounded(value - wide, ...range)) + 4), height: 12, class: "bar" }),
          line(near(at), box.bottom, near(at), box.bottom + 38, "mean"),
          text(bounded(near(at), 70, width - 70), box.bottom + 54, `${state.answer.name ?? "simulated"}: ${error === undefined ? said(value) : Numbers.shown(value, error)}`, { class: `end arm-${state.answer.arm ?? "good"}`, "text-anchor": "middle" })));
      }
      return made;
    };
    return guessed(place, spec, spec.value ?? (spec.low + spec.high) / 2, paint, () => 122, (state) => ({ columns: ["", spec.label],
      rows: [["your guess", said(state.value)], [state.answer.name ?? "simulated", Numbers.shown(state.answer.value, state.answer.error)]] }));
  }

  // --------------------------------------------------------------------------------------------- a file of it

  const STYLED = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-opacity", "font-size",
    "font-family", "font-weight", "text-anchor", "opacity", "visibility"];

  // The picture of a place as a file that any program opens: colours and letters as they are on the screen.
  function svgText(place) {
    const { svg } = KEPT.get(place);
    const copy = svg.cloneNode(true);
    const [from, to] = [svg, copy].map((one) => [one, ...one.querySelectorAll("*")]);
    from.forEach((one, at) => {
      const style = getComputedStyle(one);
      for (const name of STYLED) to[at].setAttribute(name, style.getPropertyValue(name));
      to[at].removeAttribute("class");
    });
    copy.setAttribute("xmlns", NS);
    const paper = getComputedStyle(document.body).backgroundColor;
    copy.prepend(node("rect", { width: "100%", height: "100%", fill: paper }));
    return `${new XMLSerializer().serializeToString(copy)}\n`;
  }

  globalThis.Draw = Object.freeze({ course, dots, bars, guessLine, guessBars, guessNumber, svgText, node, ticks, linear });
})();
