// What a class hands in: one's own code, a place for everybody's codes, and all of them as dots beside the answer.
(() => {
  "use strict";
  const { make } = Page;
  const { node, ticks, linear } = Draw;
  const ROW = { name: 20, heap: 46 };
  const TYPED = new Map(); // what was pasted, by what it is of

  // A panel. about: {key, kind, layouts, code, other?(numbers), low, high, unit, label, what ("guesses"), rows: [{name, arm, answer, error?, said,
  // own?, marks?: [{value}], of(numbers)}], legend, write(value)}; `code` may be empty, and so is `own` then.
  function panel(about) {
    const id = `codes-${about.key}`, said = make("p", { role: "status", class: "found" }), wrong = make("ul", { class: "wrong" });
    const place = make("div", { class: "class-dots" });
    const area = make("textarea", { id, rows: 3, spellcheck: "false", autocomplete: "off", class: "codes" });
    const read = () => {
      TYPED.set(about.key, area.value);
      const { good, bad } = Codes.sorted(area.value, about.kind, about.layouts, about.other);
      const many = (count, one, more) => `${count} ${count === 1 ? one : more}`;
      said.textContent = good.length + bad.length ? `${many(good.length, about.what.replace(/e?s$/, ""), about.what)}${bad.length ? `; ${many(bad.length, "entry", "entries")} left out:` : "."}` : "";
      wrong.replaceChildren(...bad.map(([entry, why]) => make("li", {}, make("code", { text: entry }), `: ${why}`)));
      place.hidden = !good.length;
      if (good.length) drawn(place, about, good);
    };
    area.value = TYPED.get(about.key) ?? "";
    area.addEventListener("input", read);
    const own = about.code ? make("p", { class: "own-code" }, "Your code: ", make("strong", { class: "code", text: about.code }), " ",
      Page.copyButton("Copy code", () => about.code)) : null;
    const made = make("div", { class: "class" }, own, make("label", { for: id, text: "Codes of the class, pasted together in any order" }), area, said, wrong, place);
    queueMicrotask(read);
    return made;
  }

  function drawn(place, about, all) {
    const svg = node("svg", { role: "img", focusable: "false", "aria-label": `${about.label}: ${all.length} ${about.what} of the class as dots. ${about.rows.map((row) => (
      `${row.name}: middle of the class ${about.write(Numbers.quantile(all.map(row.of), 0.5))}, simulated ${row.said}`)).join("; ")}.` });
    place.classList.add("drawing");
    const paint = () => {
      const width = Math.max(240, place.clientWidth || 480), high = about.rows.length * (ROW.name + ROW.heap) + 40;
      svg.setAttribute("viewBox", `0 0 ${width} ${high}`);
      svg.setAttribute("width", width);
      svg.setAttribute("height", high);
      const x = linear(about.low, about.high, 16, width - 16);
      svg.replaceChildren(...about.rows.flatMap((row, at) => heap(row, all.map(row.of), x, at * (ROW.name + ROW.heap), about)), ...axis(about, x, high - 36, width));
    };
    const head = make("tr", {}, ["What", "a quarter below", "middle", "a quarter above", "simulated"].map((text) => make("th", { scope: "col", text })));
    const table = make("table", {}, make("thead", {}, head), make("tbody", {}, about.rows.map((row) => {
      const values = all.map(row.of);
      return make("tr", {}, make("th", { scope: "row", text: row.name }), [0.25, 0.5, 0.75].map((share) => make("td", { text: about.write(Numbers.quantile(values, share)) })), make("td", { text: row.said }));
    })));
    place.replaceChildren(svg, make("p", { class: "note", text: about.legend }), make("details", { class: "as-table" }, make("summary", { text: "The numbers as a table" }),
      make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${about.label}: numbers` }, table)));
    place.watch?.disconnect();
    place.watch = new ResizeObserver(paint);
    place.watch.observe(place);
    paint();
  }

  // One row: a dot for everybody, the answer as a line with its error, one's own as a ring.
  function heap(row, values, x, top, about) {
    const bottom = top + ROW.name + ROW.heap - 4, stacks = new Map(), group = node("g", { class: "series arm-guess" });
    for (const value of values) {
      const across = Math.round(x(value) / 7) * 7;
      stacks.set(across, (stacks.get(across) ?? 0) + 1);
    }
    const most = Math.max(...stacks.values()), up = Math.min(8, (ROW.heap - 12) / most);
    for (const [across, count] of stacks) {
      for (let at = 0; at < count; at += 1) group.append(node("circle", { cx: across, cy: bottom - 4 - at * up, r: 3.5, class: "mark" }));
    }
    const arm = row.arm, at = x(row.answer), made = [node("text", { x: 2, y: top + 13, class: "name" }, row.name), node("line", { x1: x(about.low), x2: x(about.high), y1: bottom, y2: bottom, class: "axis" }), group];
    for (const mark of row.marks ?? []) made.push(node("line", { x1: x(mark.value), x2: x(mark.value), y1: bottom - 12, y2: bottom, class: "axis" }));
    const wide = row.error ? Math.max(1.5, 1.96 * (x(row.error) - x(0))) : 1.5;
    const [from, to] = [Math.max(x(about.low), at - wide), Math.min(x(about.high), at + wide)];
    made.push(node("g", { class: `series arm-${arm}` }, node("rect", { x: from, y: top + ROW.name, width: to - from, height: ROW.heap - 4, class: "band" }),
      node("line", { x1: at, x2: at, y1: top + ROW.name, y2: bottom, class: "mean" })));
    if (Number.isFinite(row.own)) made.push(node("g", { class: "series" }, node("circle", { cx: x(row.own), cy: bottom - 4, r: 6.5, class: "ring" })));
    return made;
  }

  function axis(about, x, top, width) {
    const found = ticks(about.low, about.high, Math.max(3, Math.floor(width / 80)));
    return [...found.map((value) => node("text", { x: x(value), y: top + 14, class: "tick", "text-anchor": "middle" }, about.tick?.(value) ?? Numbers.number(value, Number.isInteger(value) ? 0 : 1))),
      node("text", { x: width / 2, y: top + 31, class: "name", "text-anchor": "middle" }, about.unit)];
  }

  globalThis.Class = Object.freeze({ panel });
})();
