// Both clinicians' teams side by side, the same patients on the same day: symptoms as colour, bonds as lines, ruptures as marks.
(() => {
  "use strict";
  const { make } = Page;
  const { node } = Draw;
  const ARMS = ["a", "b"];
  const BONDS = ["trust", "felt_empathy", "rapport"];
  const STATES = { trust: "Trust", felt_empathy: "Felt empathy", rapport: "Rapport", openness: "Openness", fear: "Fear" };
  // From few symptoms to many: light to dark in one order of brightness, which every kind of colour vision keeps (viridis).
  const RAMP = [[253, 231, 37], [94, 201, 98], [33, 145, 140], [59, 82, 139], [68, 1, 84]];
  const MOST = 0.98; // share of all states that the ramp reaches over
  const SPEEDS = { 2: "slow", 6: "usual", 15: "fast", 40: "very fast" }; // days in a second
  const STILL = matchMedia("(prefers-reduced-motion: reduce)");
  const KEPT = new Map(); // trials by their settings and number
  const at = {};
  const view = { today: 0, last: 1, playing: 0, lanes: null, drawn: {} };

  // ------------------------------------------------------------------------------------------------ one trial

  const mean = (row) => BONDS.reduce((sum, name) => sum + row[name], 0) / BONDS.length;
  const latest = (rows, day) => rows.findLast((row) => row.day <= day) ?? null;

  // One arm's trial, held to its end: each patient with all that was seen of them, by day.
  function lane(arm, state) {
    const settings = State.world(arm, state), key = `${state.trial} ${JSON.stringify(settings)}`;
    if (KEPT.has(key)) return KEPT.get(key);
    const trial = Alliance.trial(Alliance.world(settings), state.trial - 1);
    while (trial.next() !== null);
    const start = trial.patients, people = Array.from(start.enrolled, (enrolled, number) => {
      const here = { day: enrolled, phase: "arrival", severity: start.severity[number], attended: 0 };
      for (const name of Object.keys(STATES)) here[name] = start[name][number];
      return { number, enrolled, lead: start.lead[number], rows: [here], sessions: [], left: Infinity, ended: enrolled, change: null };
    });
    gathered(trial.assessments, people, false);
    gathered(trial.sessions, people, true);
    for (const one of people) one.rows.sort((p, q) => p.day - q.day || p.late - q.late);
    const made = { arm, people, clinicians: settings.clinicians, last: Math.max(...people.map((one) => one.rows.at(-1).day)) };
    if (KEPT.size > 7) KEPT.delete(KEPT.keys().next().value);
    KEPT.set(key, made);
    return made;
  }

  function gathered(columns, people, late) {
    columns.patient.forEach((number, place) => {
      const one = people[number], row = { day: columns.day[place], phase: columns.phase[place], name: columns.session[place].replace(".", " "), late, severity: columns.severity[place] };
      for (const name of Object.keys(STATES)) row[name] = columns[name][place];
      if (late) {
        for (const name of ["attended", "rupture", "repaired", "adverse"]) row[name] = columns[name][place] > 0.5;
        if (columns.left[place] > 0.5) one.left = row.day;
        one.ended = Math.max(one.ended, row.day);
        one.sessions.push(row);
      } else row.score = columns.score_primary[place];
      one.rows.push(row);
    });
  }

  // A patient on a day: not yet here, in treatment, done with it, or left; and what was last seen.
  function on(one, day, meets) {
    if (day < one.enrolled) return { status: "coming", row: one.rows[0], session: null, today: null };
    const session = latest(one.sessions, day), held = session && session.attended ? session : null;
    const status = day > one.left || (day === one.left && Number.isFinite(one.left)) ? "left" : meets && day > one.ended ? "done" : "here";
    const row = status === "left" ? latest(one.rows, one.left) : latest(one.rows, day);
    return { status, row, session: held, today: held && held.day === day ? held : null };
  }

  // What a rupture left behind: open until the two meet again, mended until then.
  const torn = ({ status, session }) => (!session || status === "left" || !session.rupture ? "" : session.repaired ? "mended" : "open");

  function counts(own, day, meets) {
    const made = { coming: 0, here: 0, done: 0, left: 0, open: 0, symptoms: [], bonds: [] };
    for (const one of own.people) {
      const now = on(one, day, meets);
      made[now.status] += 1;
      if (torn(now) === "open") made.open += 1;
      if (now.status === "here") made.bonds.push(mean(now.row));
      if (now.status === "here" || now.status === "done") made.symptoms.push(now.row.severity);
    }
    return made;
  }

  // ---------------------------------------------------------------------------------------------------- drawing

  function colour(share) {
    const place = Math.min(1, Math.max(0, share)) * (RAMP.length - 1), low = Math.min(RAMP.length - 2, Math.floor(place));
    const mixed = RAMP[low].map((one, channel) => Math.round(one + (place - low) * (RAMP[low + 1][channel] - one)));
    return { fill: `rgb(${mixed.join(" ")})`, ink: 0.3 * mixed[0] + 0.59 * mixed[1] + 0.11 * mixed[2] > 125 ? "#111" : "#fff" };
  }

  // Cells of one size for so many in a box: columns and rows that leave the most room.
  function grid(many, width, height) {
    let best = { size: 0 };
    for (let columns = 1; columns <= many; columns += 1) {
      const rows = Math.ceil(many / columns), size = Math.min(width / columns, height / rows);
      if (size > best.size) best = { size, columns, rows };
    }
    return best;
  }

  // Where everyone stands: each clinician amid the patients who are theirs; without clinicians, patients in rows.
  function places(own, width, height, meets) {
    const centres = (many) => {
      const { size, columns, rows } = grid(many, width, height);
      return { size, spots: Array.from({ length: many }, (_, one) => {
        const row = Math.floor(one / columns), inRow = row === rows - 1 ? many - row * columns : columns;
        return [((one % columns) + 0.5 + (columns - inRow) / 2) * (width / columns), (row + 0.5) * (height / rows)];
      }) };
    };
    if (!meets) {
      const { size, spots } = centres(own.people.length);
      return { people: spots, clinicians: [], radius: Math.min(14, size * 0.4) };
    }
    const leads = Array.from({ length: own.clinicians }, (_, number) => own.people.filter((one) => one.lead === number));
    const most = Math.max(1, ...leads.map((theirs) => theirs.length)), { size, spots } = centres(own.clinicians);
    const radius = Math.min(17, size * 0.13, (Math.PI * size * 0.4) / most * 0.86);
    const reach = size / 2 - radius - 2, people = [];
    leads.forEach((theirs, number) => theirs.forEach((one, turn) => {
      const angle = -Math.PI / 2 + (2 * Math.PI * turn) / theirs.length;
      people[one.number] = [spots[number][0] + reach * Math.cos(angle), spots[number][1] + reach * Math.sin(angle)];
    }));
    return { people, clinicians: spots, radius, size };
  }

  const near = (value) => Math.round(value * 10) / 10;

  // One arm's picture, made once for its trial and width: what changes with the day is kept at hand.
  function built(own, place, width, height, meets) {
    const spots = places(own, width, height, meets), size = near(spots.radius), parts = [];
    const svg = node("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", focusable: "false" });
    const ties = node("g"), discs = node("g"), marks = node("g");
    spots.clinicians.forEach(([x, y], number) => {
      svg.append(node("circle", { cx: near(x), cy: near(y), r: near(spots.size / 2 - 1), class: "ground" }));
      const side = Math.max(4, Math.min(11, spots.radius * 0.9, spots.size * 0.085));
      const square = node("g", { class: "team", transform: `translate(${near(x)} ${near(y)})` }, node("rect", { x: -side, y: -side, width: 2 * side, height: 2 * side, rx: own.arm === "a" ? side : 2 }),
        side > 7 ? node("text", { y: 4, "text-anchor": "middle" }, `${number + 1}`) : null);
      square.addEventListener("click", () => chosen(`${own.arm}-clinician-${number + 1}`));
      discs.append(square);
      parts.push({ who: `${own.arm}-clinician-${number + 1}`, disc: square });
    });
    const people = own.people.map((one) => {
      const [x, y] = spots.people[one.number], [across, up] = spots.clinicians[one.lead] ?? [x, y];
      const tie = node("line", { x1: near(across), y1: near(up), x2: near(x), y2: near(y), class: "tie" });
      const halo = node("circle", { r: size + 4, class: "halo" }), disc = node("circle", { r: size });
      const number = node("text", { y: near(size * 0.36), "text-anchor": "middle", "font-size": near(Math.max(7, size * 0.95)) }, size < 6.5 ? "" : `${one.number + 1}`);
      const cross = node("path", { d: `M${-size * 0.62} ${-size * 0.62}L${size * 0.62} ${size * 0.62}M${-size * 0.62} ${size * 0.62}L${size * 0.62} ${-size * 0.62}`, class: "cross" });
      const group = node("g", { transform: `translate(${near(x)} ${near(y)})` }, halo, disc, number, cross);
      group.addEventListener("click", () => chosen(`patient-${one.number + 1}`));
      const mark = node("path", { transform: `translate(${near(x + size * 0.95)} ${near(y - size * 0.95)}) scale(${Math.max(0.62, Math.min(0.95, size / 14)).toFixed(2)})` });
      if (meets) ties.append(tie);
      discs.append(group);
      marks.append(mark);
      return { who: `patient-${one.number + 1}`, one, tie, halo, disc, group, number, mark };
    });
    svg.append(ties, discs, marks);
    place.replaceChildren(svg);
    return { own, svg, people, parts, width };
  }

  // A rupture left open is a red triangle with a stroke in it; a mended one a green square with a tick.
  const MARKS = { open: "M0 -7L8 7H-8ZM0 -2V2.5M0 4.4V5", mended: "M-6 -6H6V6H-6ZM-3.4 0L-.8 2.8L3.6 -2.6", "": "" };

  function painted(drawn, day, state, meets) {
    const { scale } = Compare.plan(state).on[state.condition];
    for (const part of drawn.people) {
      const now = on(part.one, day, meets), bond = mean(now.row), mark = torn(now);
      const { fill, ink } = colour((now.row.severity * scale.slope) / view.most);
      const full = now.status === "here" || now.status === "done";
      part.group.setAttribute("class", `person ${now.status}${now.today ? " met" : ""}${state.who === part.who ? " picked" : ""}`);
      part.disc.style.fill = full ? fill : "";
      part.number.style.fill = full ? ink : "";
      part.halo.setAttribute("class", `halo${now.today ? (now.today.phase === "dosing" ? " dosing" : " talk") : ""}`);
      part.tie.setAttribute("class", `tie ${now.status}`);
      part.tie.style.strokeWidth = now.status === "coming" || now.status === "left" ? "" : near(0.6 + 9 * Math.max(0, bond - 0.25));
      part.mark.setAttribute("class", `mark ${mark}`);
      part.mark.setAttribute("d", MARKS[mark]);
    }
    for (const { who, disc } of drawn.parts) disc.setAttribute("class", `team${state.who === who ? " picked" : ""}`);
  }

  // ----------------------------------------------------------------------------------------------------- words

  const symptoms = (severity, scale) => `${Numbers.number(severity * scale.slope, 0)} of ${scale.highest}`;
  const SAID = { coming: "not yet here", here: "in treatment", done: "treatment ended", left: "left early" };

  function summary(own, day, state, meets) {
    const { scale } = Compare.plan(state).on[state.condition], found = counts(own, day, meets);
    const parts = meets ? [`${found.here} in treatment`, `${found.done} ended`, `${found.left} left early`, `${found.coming} not yet here`] : [`${found.here} waiting`, `${found.coming} not yet here`];
    if (meets && found.open) parts.push(`${found.open} rupture${found.open > 1 ? "s" : ""} open`);
    if (found.symptoms.length) parts.push(`mean symptoms ${Numbers.number(Numbers.mean(found.symptoms) * scale.slope, 1)} (${scale.name})`);
    return parts.join(" · ");
  }

  // What happened on a day, a line each.
  function news(own, day, meets) {
    return own.people.flatMap((one) => one.rows.filter((row) => row.day === day && row.name && day <= one.left && (!row.late || row.attended)).map((row) => {
      const what = row.late ? [row.rupture ? (row.repaired ? "a rupture, mended" : "a rupture, left open") : "", row.adverse ? "an adverse event followed" : "", day === one.left ? "left treatment after it" : ""].filter(Boolean).join("; ")
        : `score ${Numbers.number(row.score)}`;
      return `Patient ${one.number + 1}, ${row.name.replace(/^assessment .*/, "assessment")}${what ? `: ${what}` : ""}`;
    }));
  }

  function rowsOfPatient(number, state, meets) {
    const { scale } = Compare.plan(state).on[state.condition], sides = ARMS.map((arm) => ({ one: view.lanes[arm].people[number] }));
    for (const side of sides) side.now = on(side.one, view.today, meets);
    const row = (name, read) => [name, ...sides.map(({ one, now }) => (now.status === "coming" ? "–" : read(now.row, one, now)))];
    return [
      ["Now", ...sides.map(({ now }) => SAID[now.status])],
      row("Symptoms", (seen) => `${symptoms(seen.severity, scale)} (${scale.name})`),
      ...(meets ? [row("Bond", (seen) => mean(seen).toFixed(2)), ...Object.entries(STATES).map(([name, words]) => row(words, (seen) => seen[name].toFixed(2))),
        row("Sessions so far", (_, one) => String(one.sessions.filter((session) => session.attended && session.day <= view.today).length)),
        row("Ruptures so far", (_, one) => {
          const found = one.sessions.filter((session) => session.attended && session.rupture && session.day <= view.today);
          return found.length ? `${found.length}, ${found.filter((session) => session.repaired).length} mended` : "none";
        }),
        row("Clinician", (_, one) => `number ${one.lead + 1}`)] : []),
    ];
  }

  function rowsOfClinician(arm, number, state) {
    const own = view.lanes[arm], { scale } = Compare.plan(state).on[state.condition];
    const theirs = own.people.filter((one) => one.lead === number - 1).map((one) => [`Patient ${one.number + 1}`, on(one, view.today, true)]);
    return theirs.map(([name, now]) => [name, SAID[now.status], now.status === "coming" ? "–" : symptoms(now.row.severity, scale), now.status === "coming" ? "–" : mean(now.row).toFixed(2)]);
  }

  function detail(state, meets) {
    const person = /^patient-(\d+)$/.exec(state.who), clinician = /^([ab])-clinician-(\d+)$/.exec(state.who);
    let title = "", head = [], rows = [];
    if (person && Number(person[1]) >= 1 && Number(person[1]) <= state.patients) {
      [title, head, rows] = [`Patient ${Number(person[1])} on day ${view.today}`, ["", "with A", "with B"], rowsOfPatient(Number(person[1]) - 1, state, meets)];
      if (!meets) [head, rows] = [head.slice(0, 2).map((one, place) => (place ? "waiting" : one)), rows.map((row) => row.slice(0, 2))];
    } else if (meets && clinician && Number(clinician[2]) >= 1 && Number(clinician[2]) <= view.lanes[clinician[1]].clinicians) {
      [title, head] = [`Clinician ${Number(clinician[2])} of team ${clinician[1].toUpperCase()} on day ${view.today}`, ["", "now", `symptoms (${Compare.plan(state).on[state.condition].scale.name})`, "bond"]];
      rows = rowsOfClinician(clinician[1], Number(clinician[2]), state);
    }
    at.detail.hidden = !title;
    at.hint.hidden = Boolean(title);
    if (!title) return;
    at.detailTitle.textContent = title;
    at.story.hidden = !person;
    at.table.replaceChildren(make("thead", {}, make("tr", {}, head.map((text) => (text ? make("th", { scope: "col", text }) : make("td"))))),
      make("tbody", {}, rows.map(([name, ...cells]) => make("tr", {}, make("th", { scope: "row", text: name }), cells.map((text) => make("td", { text }))))));
  }

  // ------------------------------------------------------------------------------------------------------ time

  const chosen = (who) => State.set({ who: State.get().who === who ? "" : who });

  function play(on_) {
    if (on_ && STILL.matches) return;
    clearInterval(view.playing);
    view.playing = 0;
    if (on_) {
      if (view.today >= view.last) view.today = 0;
      view.playing = setInterval(() => {
        view.today += 1;
        if (view.today >= view.last) play(false);
        else shownDay(State.get());
      }, 1000 / Number(at.speed.select.value));
    } else State.set({ day: view.today });
    at.play.textContent = view.playing ? "❚❚ Pause" : "▶ Play";
    if (!on_) shownDay(State.get());
  }

  function toDay(day) {
    if (view.playing) play(false);
    State.set({ day: Math.min(view.last, Math.max(0, day)) });
  }

  // The state of everyone on the day that is shown.
  function shownDay(state) {
    const meets = Compare.held(state).length > 0;
    at.slider.set(view.today);
    for (const arm of ARMS) {
      if (!view.drawn[arm]) continue;
      const said = summary(view.lanes[arm], view.today, state, meets);
      painted(view.drawn[arm], view.today, state, meets);
      at[arm].said.textContent = said;
      view.drawn[arm].svg.setAttribute("aria-label", `${meets ? `Team of clinician ${arm.toUpperCase()}` : "Patients who wait"}, day ${view.today}: ${said}`);
      const lines = news(view.lanes[arm], view.today, meets);
      at[arm].news.replaceChildren(...(lines.length ? lines : ["Nobody meets today."]).map((text) => make("li", { text })));
    }
    detail(state, meets);
    if (!view.playing) Page.say(`Day ${view.today}. ${ARMS.filter((arm) => view.drawn[arm]).map((arm) => `${meets ? `${arm.toUpperCase()}: ` : ""}${at[arm].said.textContent}`).join(". ")}`);
  }

  // ------------------------------------------------------------------------------------------------- the screen

  const sign = (name, words, ...shapes) => make("span", { class: "sign-of" }, node("svg", { viewBox: "-12 -12 24 24", width: 22, height: 22, "aria-hidden": "true" }, ...shapes), words);
  const disc = (name) => node("g", { class: `person ${name}` }, node("circle", { r: 8 }), node("path", { d: "M-5 -5L5 5M-5 5L5 -5", class: "cross" }));

  function legend() {
    at.ends = [make("span"), make("span")];
    return make("div", { class: "legend" },
      sign("team", "clinician", node("g", { class: "team" }, node("rect", { x: -9, y: -6, width: 8, height: 12, rx: 4 }), node("rect", { x: 2, y: -5, width: 10, height: 10, rx: 2 }))),
      make("span", { class: "sign-of" }, Words.link("symptoms", "Symptoms"), " ", at.ends[0], make("span", { class: "ramp", "aria-hidden": "true" }), at.ends[1]),
      sign("tie", Words.text("thicker: stronger [bond](bond)"), node("line", { x1: -11, x2: 0, y1: 4, y2: -4, class: "tie here", "stroke-width": 1.5 }), node("line", { x1: 0, x2: 11, y1: 4, y2: -4, class: "tie here", "stroke-width": 6 })),
      sign("open", Words.text("[rupture] left open"), node("path", { d: MARKS.open, class: "mark open" })),
      sign("mended", Words.text("rupture [mended](repair)"), node("path", { d: MARKS.mended, class: "mark mended" })),
      sign("met", "in session today", node("circle", { r: 10.5, class: "halo talk" }), node("circle", { r: 7, class: "plain" })),
      sign("dose", Words.text("[dosing] today"), node("circle", { r: 10.5, class: "halo dosing" }), node("circle", { r: 7, class: "plain" })),
      sign("done", "treatment ended: thin line", node("line", { x1: -11, x2: 0, y1: 0, y2: 0, class: "tie done" }), node("circle", { cx: 4, r: 6, class: "plain" })),
      sign("left", Words.text("[left early](dropout)"), disc("left")),
      sign("coming", "not yet here", disc("coming")));
  }

  function team(arm) {
    at[arm] = { place: make("div", { class: "network" }), said: make("p", { class: "note counts" }), news: make("ul", { class: "news" }), title: make("h2") };
    at[arm].whole = make("section", { class: `card ${arm}` }, at[arm].title, at[arm].place, at[arm].said);
    return at[arm].whole;
  }

  function show(place, state) {
    at.play = make("button", { type: "button", class: "main play", text: "▶ Play", onclick: () => play(!view.playing) });
    at.speed = Page.menu({ name: "speed", label: "Speed", spoken: "Speed", options: SPEEDS, value: 6, oninput: () => { if (view.playing) play(true); } });
    at.slider = Page.slider({ name: "day", label: "Day of the trial", low: 0, high: 1, step: 1, value: 0, said: (value) => `day ${value}`, oninput: toDay });
    at.slider.input.setAttribute("aria-label", "Day of the trial");
    at.still = make("p", { class: "note", hidden: true, text: "Your device asks for less motion, so nothing plays by itself: step, or move the day." });
    at.picked = Page.menu({ name: "who", label: "Show", options: { "": "nobody" }, value: "", oninput: (value) => State.set({ who: value }) });
    at.trial = Page.field({ name: "live-trial", label: "Trial", low: 1, high: State.SETUP.trials, value: state.trial, oninput: (value) => State.set({ trial: value }) });
    at.table = make("table");
    at.detailTitle = make("h2");
    at.story = make("button", { type: "button", text: "This patient's story", onclick: () => State.set({ patient: Number(State.get().who.slice(8)), screen: "patient" }) });
    at.detail = make("section", { class: "card detail", hidden: true, "aria-label": "Who was chosen" }, at.detailTitle,
      make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "States of who was chosen" }, at.table),
      make("div", { class: "buttons" }, at.story, make("button", { type: "button", text: "Close", onclick: () => State.set({ who: "" }) })));
    at.hint = make("p", { class: "note", text: "Tap a patient or a clinician to see more. Patient numbers are the same on both sides." });
    at.wait = make("p", { class: "note", hidden: true, text: "Patients of this protocol meet nobody, so both sides would be the same: one is shown, without clinicians and bonds." });
    at.time = make("div", { class: "time" }, make("div", { class: "buttons" }, at.play,
      make("button", { type: "button", "aria-label": "A day back", text: "◂ Day", onclick: () => toDay(view.today - 1) }),
      make("button", { type: "button", "aria-label": "A day on", text: "Day ▸", onclick: () => toDay(view.today + 1) }), at.speed.node), at.slider.node);
    place.append(at.time, at.still, at.wait, make("div", { class: "teams" }, ARMS.map(team)), legend(),
      make("div", { class: "below" },
        make("div", {}, make("div", { class: "buttons" }, at.picked.node, at.trial.node), at.hint, at.detail),
        make("section", { class: "today", "aria-label": "What happens on this day" }, make("h2", { text: "On this day" }),
          make("div", { class: "both" }, ARMS.map((arm) => make("div", { class: `side ${arm}` }, at[arm].news))))));
    new ResizeObserver(() => {
      if (view.lanes && at.a.place.clientWidth && at.a.place.clientWidth !== view.drawn.a?.width) laid(State.get());
    }).observe(at.a.place);
    STILL.addEventListener("change", () => { play(false); quiet(); });
    quiet();
  }

  function quiet() {
    at.still.hidden = !STILL.matches;
    at.play.hidden = at.speed.node.hidden = STILL.matches;
  }

  function laid(state) {
    const meets = Compare.held(state).length > 0;
    for (const arm of ARMS) {
      if (!meets && arm === "b") continue;
      const width = Math.max(200, at[arm].place.clientWidth), wide = innerWidth > 830;
      const height = Math.round(Math.max(190, Math.min(width * (wide ? 0.84 : 0.62), wide ? innerHeight - 330 : (innerHeight - 430) / 2)));
      view.drawn[arm] = built(view.lanes[arm], at[arm].place, width, height, meets);
    }
    shownDay(state);
  }

  function who(state, meets) {
    const options = { "": "nobody", ...Object.fromEntries(Array.from({ length: state.patients }, (_, one) => [`patient-${one + 1}`, `patient ${one + 1}`])) };
    if (meets) for (const arm of ARMS) for (let one = 1; one <= view.lanes[arm].clinicians; one += 1) options[`${arm}-clinician-${one}`] = `clinician ${one} of team ${arm.toUpperCase()}`;
    at.picked.select.replaceChildren(...Object.entries(options).map(([value, text]) => make("option", { value, text })));
  }

  const MOVING = ["day", "who", "screen", "theme", "patient", "more", "lesson", "step", "guess"];

  function update(state, keys) {
    const meets = Compare.held(state).length > 0, { scale } = Compare.plan(state).on[state.condition];
    if (!view.lanes || keys.some((key) => !MOVING.includes(key)) || keys.includes("screen")) {
      view.lanes = Object.fromEntries(ARMS.map((arm) => [arm, lane(arm, state)]));
      view.last = Math.max(...ARMS.map((arm) => view.lanes[arm].last));
      view.most = scale.slope * Numbers.quantile(ARMS.flatMap((arm) => view.lanes[arm].people.flatMap((one) => one.rows.map((row) => row.severity))), MOST);
      at.slider.input.max = view.last;
      at.trial.set(state.trial);
      at.wait.hidden = meets;
      at.b.whole.hidden = !meets;
      at.a.title.replaceChildren(...(meets ? [make("span", { class: "sign a", "aria-hidden": "true" }), "Team of clinician A"] : ["Everyone waits"]));
      at.b.title.replaceChildren(make("span", { class: "sign b", "aria-hidden": "true" }), "Team of clinician B");
      at.ends[0].textContent = "0";
      at.ends[1].textContent = `${Numbers.number(view.most, 0)} or more (${scale.name})`;
      who(state, meets);
      view.drawn = {};
      view.today = Math.min(state.day, view.last);
      laid(state);
    }
    at.picked.set(state.who);
    if (!view.playing) view.today = Math.min(state.day, view.last);
    shownDay(state);
  }

  globalThis.Live = Object.freeze({ lane, on, torn, counts, colour, today: () => view.today });
  Page.screen("live", { title: "Live", show, update, hide: () => { if (view.playing) play(false); } });
})();
