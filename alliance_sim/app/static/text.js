// What is said in words and tables: each function writes one answer into the page, as text, never as markup.

const COLUMNS = ["A", "B", "B − A"];

function make(tag, options = {}, ...children) {
  const { text, ...attributes } = options;
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const one = (number) => number.toFixed(1).replace("-", "−");
const signed = (number) => (number > 0 ? `+${one(number)}` : one(number));

// ------------------------------------------------------------------------------------------------ compare

let waiting = 0;

export function compare(content) {
  document.getElementById("shares").replaceChildren(...content.shares.map(share));
  const scale = content.outcomes.scale;
  document.getElementById("outcomes-note").textContent =
    `Left is better. Upright lines: means. Grey: smaller than the ${content.outcomes.important} ${scale} points taken as the `
    + `smallest change that matters. Primary assessment: day ${content.phases.primary}.`;
  document.getElementById("draws").textContent = draws(content);
  table(document.getElementById("table"), content.table);
  document.getElementById("line").value = content.run_line;
  clearTimeout(waiting); // a screen reader speaks once the slider rests
  waiting = setTimeout(() => {
    document.getElementById("headline").textContent = headline(content);
  }, 400);
  describe("course", `Trust, felt empathy and rapport by day. ${headline(content)}`);
  describe("outcomes", `Distribution of ${scale} change: mean ${one(content.outcomes.arms.a.mean)} under A, `
    + `${one(content.outcomes.arms.b.mean)} under B.`);
}

function describe(id, text) {
  document.getElementById(id).setAttribute("aria-label", text);
}

function headline(content) {
  const found = content.shares[0];
  const change = content.table.find((row) => row.name === "change");
  const whole = ([many, error]) => `${Math.round(many)} ± ${Math.max(1, Math.round(error))}`;
  return `Of 100 patients, ${whole(found.a)} respond with A and ${whole(found.b)} with B. `
    + `${change.text}: ${change.cells[0]} with A, ${change.cells[1]} with B.`;
}

function draws(content) {
  const same = `A and B meet the same ${content.patients} simulated patients (${content.trials} trials) with the same random `
    + "draws, so what differs comes from the clinicians. All clinicians of one arm are copies of one another.";
  const apart = " The caseloads differ, so patients meet other members of the team, and how well two people happen to fit is "
    + "drawn for each pair.";
  return same + (content.same_draws ? "" : apart);
}

function share(found) {
  const more = make("span", { class: "more", text: `B − A: ${signed(found.more[0])} ± ${one(found.more[1])}` });
  const row = make("div", { class: "share" }, make("b", { text: found.text }), more);
  for (const arm of ["a", "b"]) {
    const [many, error] = found[arm];
    const bar = make("div", { class: `bar ${arm}` });
    bar.style.width = `${many}%`;
    row.append(make("span", { text: arm.toUpperCase() }), make("div", { class: "track" }, bar),
      make("output", { text: `${one(many)} ± ${one(error)}`, "data-share": `${arm}.${found.name}` }));
  }
  return row;
}

export function table(place, rows, columns = COLUMNS) {
  const head = make("tr", {}, make("th", { text: "Measure", scope: "col" }),
    ...columns.map((text) => make("th", { text, scope: "col" })));
  const body = rows.map((row) => make("tr", {}, make("th", { text: row.text, scope: "row" }),
    ...row.cells.map((text) => make("td", { text }))));
  place.replaceChildren(make("thead", {}, head), make("tbody", {}, ...body));
}

// ------------------------------------------------------------------------------------------- one patient

export function patient(content) {
  const story = document.getElementById("story");
  const kept = document.getElementById("inner");
  const drawn = kept ?? make("div", { id: "inner", class: "plot", role: "img",
    "aria-label": "Trust, felt empathy, rapport and fear of this patient after each session, under A and under B" });
  const [underA, underB] = ["a", "b"].map((arm) => signed(content.change[arm][content.patient]).replace(".0", ""));
  document.getElementById("whose").textContent = `Patient ${content.patient} of simulated trial ${content.trial}: `
    + `${content.scale} change ${underA} points under A, ${underB} under B.`;
  const parts = [
    make("h2", { text: "Who comes, and who treats" }),
    make("p", { text: content.who }),
    drawn,
    both(content.treats, "p"),
  ];
  for (const visit of content.visits) {
    parts.push(make("h3", { text: `Day ${visit.day}, ${visit.title}` }));
    const sides = ["a", "b"].map((arm) => {
      const own = visit[arm];
      const side = make("div", { class: `side ${arm}` }, make("strong", { text: arm.toUpperCase() }), make("p", { text: own.text }));
      if (own.says) side.append(make("blockquote", { text: `“${own.says}”` }));
      return side;
    });
    parts.push(make("div", { class: "both" }, ...sides));
  }
  parts.push(make("h3", { text: "What lasted" }), both(content.lasted, "p"), make("h3", { text: "The difference" }),
    make("p", { text: content.difference }), make("p", { class: "note", text: content.line }));
  story.replaceChildren(...parts);
}

function both(texts, tag) {
  return make("div", { class: "both" }, ...["a", "b"].map((arm) => make("div", { class: `side ${arm}` },
    make("strong", { text: arm.toUpperCase() }), make(tag, { text: texts[arm] }))));
}

// ------------------------------------------------------------------------------------------------ lessons

export function evidence(content) {
  const place = document.querySelector(`[data-evidence="${content.lesson}"]`);
  const drawn = place.querySelector(".plot") ?? make("div", { class: "plot", role: "img" });
  drawn.setAttribute("aria-label", `${content.figure.title}; the numbers are in the tables below`);
  const parts = [make("p", { text: content.intro }), make("h3", { text: content.figure.title }), drawn];
  for (const part of content.tables) {
    const cells = make("table", { "aria-label": part.title });
    table(cells, part.rows, part.columns);
    parts.push(make("h3", { text: part.title }), make("div", { class: "scroll", tabindex: "0", role: "region",
      "aria-label": part.title }, cells));
  }
  parts.push(make("p", { class: "note", text: content.note }));
  place.replaceChildren(...parts);
  return drawn;
}

// ---------------------------------------------------------------------------------------------- download

export function csv(content) {
  const lines = [["figure", "arm", "measure", "at", "unit", "estimate", "mcse", "low", "high"]];
  for (const arm of ["a", "b"]) {
    const { day, ...states } = content.course[arm];
    for (const [state, course] of Object.entries(states)) {
      day.forEach((on, at) => lines.push(["course", arm, state, on, "days from enrolment", course.mean[at], course.mcse[at],
        course.low[at], course.high[at]]));
    }
    content.outcomes.arms[arm].percent.forEach((percent, at) => lines.push(["outcomes", arm, "percent of patients",
      content.outcomes.edges[at], `${content.outcomes.scale} points, left edge`, percent, "", "", ""]));
  }
  for (const row of content.table) {
    const [a, aError, b, bError, more, moreError] = row.numbers;
    lines.push(["table", "a", row.name, "", "", a, aError, "", ""], ["table", "b", row.name, "", "", b, bError, "", ""],
      ["table", "b - a", row.name, "", "", more, moreError, "", ""]);
  }
  const written = (cell) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : `${cell ?? ""}`);
  const text = lines.map((line) => line.map(written).join(",")).join("\n");
  const link = make("a", { download: "alliance_sim_classroom.csv", href: URL.createObjectURL(new Blob([`${text}\n`],
    { type: "text/csv" })) });
  link.click();
  URL.revokeObjectURL(link.href);
}
