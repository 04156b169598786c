// Play the clinician: one simulated patient, a few points of effort a session, and afterwards what was choice and what was chance.
(() => {
  "use strict";
  const { make } = Page;
  const { SETUP } = State;
  const STORY = JSON.parse(document.getElementById("story").textContent);
  const GAME = JSON.parse(document.getElementById("play").textContent);
  const NAMES = SETUP.behaviours.map((one) => one.name);
  const BUDGET = Number((GAME.points * GAME.shift).toFixed(6));
  const FIRST_KIND = 20; // of the codes; lessons have those below
  const PATIENTS = Codes.BASE ** 2; // so many can be told apart by a code
  const INNER = { trust: "Trust", felt_empathy: "Felt empathy", rapport: "Rapport", fear: "Fear", severity: "Symptoms" };
  const YOU = "you", EVENLY = "evenly";
  const plain = (name) => name.replaceAll("_", " ");
  const titled = (name) => plain(name)[0].toUpperCase() + plain(name).slice(1);
  const at = {};
  let game = null; // the course that is played

  // --------------------------------------------------------------------------------------------------- worlds

  const protocolOf = (state) => (GAME.protocols.includes(state.protocol) ? state.protocol : GAME.protocols[0]);
  const patientOf = (state) => Math.min(state.patient, GAME.most);
  const tagOf = (state) => `${protocolOf(state)} ${state.seed} ${patientOf(state)}`;

  // A world of one patient; `policy` decides where nobody plays.
  function world(protocol, seed, policy = "manual") {
    return Alliance.world({ protocol, condition: SETUP.protocols[protocol].condition, patients: 1, clinicians: SETUP.protocols[protocol].present, seed, policy, budget: BUDGET });
  }

  const shiftsOf = (points) => Object.fromEntries(NAMES.map((name) => [name, Number((GAME.shift * points[name]).toFixed(6))]));
  const nothing = () => Object.fromEntries(NAMES.map((name) => [name, 0]));
  const even = () => Object.fromEntries(NAMES.map((name) => [name, GAME.points / NAMES.length]));

  // A whole course. `choices`: points for each session in order, the last for all further ones; none where the policy decides.
  function lived(own, replicate, choices = null) {
    const trial = Alliance.trial(own, replicate);
    for (let session = 0, event = trial.peek(); event; event = trial.peek()) {
      if (event.kind === "assessment" || !choices) trial.next();
      else trial.next(shiftsOf(choices[Math.min(session++, choices.length - 1)]));
    }
    return trial;
  }

  const rowsOf = (columns) => columns.session.map((name, place) => ({ ...Object.fromEntries(Object.entries(columns).map(([key, values]) => [key, values[place]])), name, day: columns.patient_day[place] }));

  // What came of a course, of its one patient.
  function came(trial) {
    const out = Object.fromEntries(Object.entries(trial.outcomes()).map(([name, values]) => [name, values[0]]));
    return { ...out, better: -out.change, open: out.ruptures - out.repairs, held: rowsOf(trial.sessions).filter((row) => row.attended > 0).length };
  }

  const POLICIES = Object.keys(SETUP.policies);
  const NAMED = { [YOU]: "you", [EVENLY]: "all points, evenly", ...Object.fromEntries(POLICIES.map((name) => [name, SETUP.policies[name].split(":")[0]])) };

  // The courses of the same patient with the same dice: yours, all points evenly, and each built-in clinician.
  function others(protocol, seed, replicate, choices, wanted = [YOU, EVENLY, ...POLICIES]) {
    const alone = world(protocol, seed);
    return Object.fromEntries(wanted.map((name) => [name, name === YOU ? lived(alone, replicate, choices) : name === EVENLY ? lived(alone, replicate, [even()]) : lived(world(protocol, seed, name), replicate)]));
  }

  // ----------------------------------------------------------------------------------------------------- a course

  function begun(state) {
    const protocol = protocolOf(state), seed = state.seed, replicate = patientOf(state) - 1, own = world(protocol, seed);
    const trial = Alliance.trial(own, replicate), plan = SETUP.protocols[protocol];
    game = { tag: tagOf(state), protocol, seed, replicate, plan, trial, choices: [], points: nothing(), heard: [], torn: 0, ended: false,
      start: rowsOf({ ...trial.patients, session: ["arrival"], patient_day: [0] })[0], scale: plan.on[plan.condition].scale, highest: plan.on[plan.condition].highest,
      held: plan.course.filter(([, phase]) => phase !== "assessment") };
    game.before = game.start;
    toSession();
    game.guessed = trial.seen();
  }

  // Assessments are made by others; go on to the next session, or to the end.
  function toSession() {
    while (game.trial.peek()?.kind === "assessment") game.trial.next();
    if (!game.trial.peek()) game.ended = true;
  }

  function heldSession() {
    const place = game.choices.length;
    game.choices.push({ ...game.points });
    game.trial.next(shiftsOf(game.points));
    const row = rowsOf(game.trial.sessions).at(-1);
    if (row.attended > 0) {
      game.heard.push({ place, row, title: title(place), says: Person.says(row, game.before, game.torn, place), facts: facts(row) });
      game.torn += row.rupture;
      game.before = row;
    }
    if (row.left) {
      game.left = place + 1;
      while (game.trial.next() !== null);
      game.ended = true;
    } else toSession();
    if (game.ended) finished();
  }

  function title(place) {
    const [name, , day] = game.held[place];
    return `${titled(name.replace(".", " "))}, day ${day}`;
  }

  // What can be seen and read, never what is felt.
  function facts(row) {
    const made = [];
    if (row.phase === "dosing") {
      const dosed = row.intensity > 0;
      made.push(dosed ? looked(row) : "No drug was given.");
      if (dosed) made.push(`The questionnaire on hard experiences (CEQ): ${Numbers.number(row.ceq)} of ${game.highest.ceq}.`);
      if (row.adverse) made.push("After this day the patient was unwell (an adverse event).");
    }
    made.push(`The patient's rating of your work together (WAI-SR): ${Numbers.number(row.wai, 1)} of 5${rated(row)}.`);
    return made;
  }

  function looked(row) {
    const { hard, difficult } = Person.hardness(row), calm = STORY.words.challenge[0][0];
    return GAME.looks[difficult ? "difficult" : hard ? "hard" : row.challenge > calm ? "moments" : "calm"];
  }

  function rated(row) {
    const before = game.heard.at(-1)?.row.wai;
    if (before === undefined) return "";
    const gap = row.wai - before;
    return Math.abs(gap) < 0.05 ? ", as before" : `, ${Numbers.number(Math.abs(gap), 1)} ${gap > 0 ? "more" : "less"} than before`;
  }

  function finished() {
    game.all = others(game.protocol, game.seed, game.replicate, game.choices, [EVENLY, ...POLICIES]);
    game.all[YOU] = game.trial;
    game.found = Object.fromEntries([YOU, EVENLY, ...POLICIES].map((name) => [name, came(game.all[name])]));
  }

  // ---------------------------------------------------------------------------------------------------- the choice

  const spent = () => NAMES.reduce((sum, name) => sum + game.points[name], 0);

  function chooser() {
    const rest = make("output", { class: "rest" }), rows = {};
    const follow = () => {
      const free = GAME.points - spent();
      rest.textContent = free ? `${free} of ${GAME.points} points left` : "All points given";
      for (const [name, row] of Object.entries(rows)) {
        row.pips.textContent = "●".repeat(game.points[name]) + "○".repeat(GAME.points - game.points[name]);
        row.less.setAttribute("aria-disabled", String(!game.points[name]));
        row.more.setAttribute("aria-disabled", String(!free));
        row.node.classList.toggle("given", game.points[name] > 0);
      }
    };
    const move = (name, by) => {
      const now = game.points[name] + by;
      if (now < 0 || spent() + by > GAME.points) {
        Page.say(by > 0 ? "All points are given; take one back first." : `No point of ${plain(name)} to take back.`);
        return;
      }
      game.points[name] = now;
      follow();
      Page.say(`${titled(name)}: ${now} ${now === 1 ? "point" : "points"}. ${rest.textContent}.`);
    };
    const made = make("div", { class: "points", role: "group", "aria-label": `Your points for this session` }, rest, SETUP.behaviours.map(({ name, meaning }) => {
      const row = { pips: make("span", { class: "pips", "aria-hidden": "true" }),
        less: make("button", { type: "button", "aria-label": `One point less of ${plain(name)}`, text: "−", onclick: () => move(name, -1) }),
        more: make("button", { type: "button", "aria-label": `One point more of ${plain(name)}`, "data-more": name, text: "+", onclick: () => move(name, 1) }) };
      row.node = make("div", { class: "behaviour" }, make("span", { class: "what" }, Words.link(plain(name), titled(name)), make("small", { text: meaning })), row.pips, row.less, row.more);
      rows[name] = row;
      return row.node;
    }));
    follow();
    return made;
  }

  // -------------------------------------------------------------------------------------------------- the screens

  function show(place) {
    at.place = place;
  }

  function update(state, keys) {
    if (game && game.tag === tagOf(state) && at.place.childElementCount) return;
    if (!keys.some((key) => ["screen", "protocol", "seed", "patient"].includes(key)) && at.place.childElementCount) return;
    game = null;
    at.place.replaceChildren(door(state));
  }

  function described(name) {
    const { doses, drug, condition, name: title } = SETUP.protocols[name], words = SETUP.conditions[condition].replace(/^[DA]/, (letter) => letter.toLowerCase());
    return `${doses.length ? `${drug} for ${words} (${title})` : `${title} for ${words}`}, ${GAME.sessions[name]} sessions`;
  }

  function door(state) {
    const protocol = protocolOf(state);
    const plan = Page.menu({ name: "course", label: "Treatment", value: protocol, options: Object.fromEntries(GAME.protocols.map((name) => [name, described(name)])),
      oninput: (value) => State.set({ protocol: value, condition: SETUP.protocols[value].condition }) });
    const who = Page.field({ name: "whom", label: "Patient number", low: 1, high: Math.min(GAME.most, state.patients), value: patientOf(state), oninput: (value) => State.set({ patient: value }) });
    return make("div", { class: "door" }, make("h2", { text: "Play the clinician" }), make("p", { class: "question", text: GAME.aim }),
      make("ul", {}, GAME.rules.map((text) => make("li", { text: text.replace("{shift}", String(GAME.shift)) }))),
      make("div", { class: "buttons choose" }, plan.node, who.node),
      make("p", { class: "note", text: "A class that plays the same patient with the same treatment and seed can compare its results: choose, then copy the link for all." }),
      make("div", { class: "buttons" }, make("button", { type: "button", class: "main begin", text: `Meet your patient`, onclick: () => Page.guarded(() => {
        begun(State.get());
        drawn(true);
      }) }), Page.copyButton("Copy link", () => State.link())), assumed());
  }

  const assumed = () => make("details", { class: "assumed" }, make("summary", { text: "What here is the authors' assumption" }), make("ul", {}, GAME.assumed.map((text) => make("li", { text }))));

  // Who comes: the score at entry, and the clinician's guess of the attachment, which is in part wrong.
  function arrival() {
    const { start, plan, scale, guessed } = game;
    const word = (kind) => STORY.words[kind].find(([limit]) => limit === null || guessed[kind] <= limit)[1];
    return make("section", { class: "heard" }, make("h3", { text: "Who comes" }),
      make("p", { text: `Somebody with ${plan.condition === "ptsd" ? "PTSD" : plan.condition}: ${Numbers.number(start.entry_primary)} of ${scale.highest} points on the ${scale.name} at entry.` }),
      make("p", { text: `Your first impression, which may be wrong: this is someone who ${word("attachment_anxiety")} and ${word("attachment_avoidance")}.` }));
  }

  function heard({ title: name, says, facts: seen }) {
    return make("section", { class: "heard" }, make("h3", { text: name }), make("blockquote", { text: `“${says}”` }), make("ul", {}, seen.map((text) => make("li", { text }))));
  }

  function drawn(first) {
    if (game.ended) {
      at.place.replaceChildren(ending());
      pictures();
      at.place.querySelector("h2").focus();
      scrollTo(0, 0);
      return;
    }
    const place = game.choices.length, many = game.held.length, latest = game.heard.at(-1);
    const go = make("button", { type: "button", class: "main hold", text: `Hold session ${place + 1}`, onclick: () => Page.guarded(() => {
      heldSession();
      drawn(false);
    }) });
    const [name] = game.held[place], dosing = game.held[place][1] === "dosing";
    at.place.replaceChildren(make("div", { class: "playing" },
      make("div", { class: "seen" }, make("h2", { tabindex: "-1", text: place ? "What you saw and heard" : "Your patient" }), latest ? heard(latest) : arrival(),
        game.heard.length > 1 || latest ? make("details", {}, make("summary", { text: "Everything so far" }), ...game.heard.slice(0, -1).reverse().map(heard), arrival()) : null),
      make("div", { class: "card acting" }, make("h2", { text: `Session ${place + 1} of ${many}: ${name.replace(".", " ")}` }),
        make("progress", { max: many, value: place, "aria-label": `${place} of ${many} sessions held` }),
        make("p", { class: "note", text: `Day ${game.held[place][2]}. ${dosing ? "The patient takes the drug today; you are there for hours." : "Where do you put your effort today?"}` }),
        chooser(), make("div", { class: "buttons" }, go))));
    if (first) at.place.querySelector("h2").focus();
    else {
      go.focus({ preventScroll: true });
      if (matchMedia("(max-width: 51.99rem)").matches) at.place.querySelector(".seen").scrollIntoView({ block: "start" });
      Page.say(`${latest.says} ${latest.facts.join(" ")} Next: session ${place + 1} of ${many}, ${name.replace(".", " ")}.`);
    }
  }

  // ------------------------------------------------------------------------------------------------------- the end

  const points = (value) => `${Numbers.number(Math.abs(value), Number.isInteger(value) ? 0 : 1)} ${Math.abs(value) === 1 ? "point" : "points"}`;
  const moved = (better) => (better === 0 ? "stayed as they were" : `${better > 0 ? "fell" : "rose"} by ${points(better)}`);

  function ending() {
    const mine = game.found[YOU], { scale } = game;
    const ends = Object.entries(game.found).filter(([name]) => name !== YOU).map(([, one]) => one.endpoint), [low, high] = [Math.min(...ends), Math.max(...ends)];
    const opening = game.left ? `Your patient left after session ${game.left} of ${game.held.length}. ` : `You held all ${game.held.length} sessions. `;
    return make("div", { class: "ending" },
      make("h2", { tabindex: "-1", text: game.left ? "Your patient has left" : "The course is over" }),
      make("p", { class: "first", text: `${opening}The symptoms ${moved(mine.better)}: from ${Numbers.number(mine.baseline)} to ${Numbers.number(mine.endpoint)} on the ${scale.name}.` }),
      make("p", {}, Words.text(`With other clinicians the same patient, with the same dice, ends ${low === high ? `at ${Numbers.number(low)}` : `between ${Numbers.number(low)} and ${Numbers.number(high)}`}; fewer points are better. A difference of less than ${scale.important} points hardly matters to a patient. One patient shows nothing yet: below, the same choices meet ${GAME.others} others.`)),
      make("section", {}, make("h3", { text: "The same patient with other clinicians" }), make("p", { class: "what", text: `${scale.name}: points by which the symptoms fell` }), at.bars = make("div"), make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "The same patient with other clinicians" }, table())),
      make("section", {}, make("h3", { text: "Luck or choice?" }), at.chance = make("div", { class: "chance" }, make("p", { text: `The same choices, session by session, with ${GAME.others} other patients. What then remains of a difference comes from the choices; the rest was this patient and the dice.` }),
        make("div", { class: "buttons" }, make("button", { type: "button", class: "main others", text: `The same choices with ${GAME.others} other patients`, onclick: () => many() })))),
      make("section", {}, make("h3", { text: "What went on inside" }), make("p", { class: "note", text: "Nobody could see this. Each from 0 to 1, after each session." }), at.besideMenu = beside(), at.inner = make("div", { class: "panels" }, Object.keys(INNER).map(() => make("div")))),
      make("section", {}, make("h3", { text: "What you gave" }), given()),
      make("section", {}, make("h3", { text: "The class" }), handedIn()),
      assumed(),
      make("div", { class: "buttons" }, make("button", { type: "button", class: "main", text: "The same patient again", onclick: () => { begun(State.get()); drawn(true); } }),
        make("button", { type: "button", text: "Another patient", onclick: () => State.set({ patient: 1 + (patientOf(State.get()) % Math.min(GAME.most, State.get().patients)) }) }),
        make("button", { type: "button", text: "Another treatment", onclick: () => { game = null; at.place.replaceChildren(door(State.get())); } })));
  }

  function table() {
    const head = ["Clinician", `${game.scale.name} at the end`, "alliance at the end (WAI-SR)", "sessions", "ruptures", "left open", "adverse events"];
    return make("table", {}, make("thead", {}, make("tr", {}, head.map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, Object.entries(game.found).map(([name, one]) => make("tr", { class: name === YOU ? "mine" : "" }, make("th", { scope: "row", text: NAMED[name] }),
        [`${Numbers.number(one.endpoint)} (${Numbers.signed(one.change) || "0"})`, Numbers.number(one.wai_final, 1), `${one.held}${one.dropout ? ", then left" : ""}`, Numbers.number(one.ruptures), Numbers.number(one.open), Numbers.number(one.adverse_events)].map((text) => make("td", { text }))))));
  }

  // Choices of all sessions as a table: points by behaviour.
  function given() {
    return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Points given" }, make("table", {},
      make("thead", {}, make("tr", {}, ["Session", ...NAMES.map(titled)].map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, game.choices.map((one, place) => make("tr", {}, make("th", { scope: "row", text: title(place) }), NAMES.map((name) => make("td", { text: one[name] ? String(one[name]) : "·" })))))));
  }

  function beside() {
    const made = Page.menu({ name: "beside", label: "Beside yours", value: EVENLY, options: Object.fromEntries([EVENLY, ...POLICIES].map((name) => [name, NAMED[name]])), oninput: () => courses() });
    at.beside = made.select;
    return made.node;
  }

  function pictures() {
    const values = Object.values(game.found).map((one) => one.better);
    Draw.bars(at.bars, { label: `${game.scale.name}: points by which the symptoms fall`, y: [Math.min(0, ...values), Math.max(5, ...values)],
      bars: Object.entries(game.found).map(([name, one]) => ({ name: NAMED[name], arm: name === YOU ? "a" : "b", value: one.better, text: `${one.better < 0 ? "rose by " : ""}${Numbers.number(Math.abs(one.better))}${one.dropout ? ", left" : ""}` })) });
    courses();
  }

  function courses() {
    const other = at.beside.value, drawnOf = { [YOU]: "a", [other]: "b" };
    const phases = Compare.phases({ ...State.get(), protocol: game.protocol });
    Object.entries(INNER).forEach(([name, label], place) => {
      const series = Object.entries(drawnOf).map(([who, arm]) => {
        const trial = game.all[who], attended = rowsOf(trial.sessions).filter((row) => row.attended > 0);
        const rows = name === "severity" ? [...attended, ...rowsOf(trial.assessments)].sort((p, q) => p.day - q.day) : attended;
        return { name: NAMED[who], short: who === YOU ? "you" : "other", arm, days: rows.map((row) => row.day), values: rows.map((row) => row[name]) };
      });
      Draw.course(at.inner.children[place], { series, ...phases, phases: name === "severity" ? [] : phases.phases, y: [0, 1], label, xLabel: "day", height: 175, title: `${label}: you, and ${NAMED[other]}` });
    });
  }

  // --------------------------------------------------------------------------------------------------- luck or choice

  // The same choices with other patients, a few at a time so that the page stays alive; then what was choice.
  function many() {
    const own = world(game.protocol, game.seed), played = game, wanted = [YOU, EVENLY, ...POLICIES];
    const worlds = Object.fromEntries(POLICIES.map((name) => [name, world(game.protocol, game.seed, name)]));
    const found = Object.fromEntries(wanted.map((name) => [name, []])), bar = make("progress", { max: GAME.others, value: 0, "aria-label": "Patients so far" });
    at.chance.replaceChildren(make("p", { text: "Other patients are being treated …" }), bar);
    const some = (from) => {
      if (game !== played || !at.chance.isConnected) return;
      const to = Math.min(from + 20, GAME.others);
      for (let one = from; one < to; one += 1) {
        const replicate = GAME.first_other + one;
        for (const name of wanted) {
          const trial = name === YOU ? lived(own, replicate, played.choices) : name === EVENLY ? lived(own, replicate, [even()]) : lived(worlds[name], replicate);
          found[name].push(-trial.outcomes().change[0]);
        }
      }
      bar.value = to;
      if (to < GAME.others) setTimeout(() => some(to), 0);
      else Page.guarded(() => judged(found));
    };
    some(0);
  }

  function judged(found) {
    const mine = Numbers.meanAndError(found[YOU]), own = game.found[YOU].better, pictures = make("div");
    const [low, high] = [0.1, 0.9].map((share) => Numbers.quantile(found[YOU], share));
    const against = [EVENLY, "manual"].map((name) => {
      const gap = Numbers.paired(found[name], found[YOU]), size = Numbers.shown(Math.abs(gap[0]), gap[1]);
      if (gap[0] === 0) return `“${NAMED[name]}” does exactly the same.`;
      return Numbers.clear(gap) ? `Against “${NAMED[name]}” your choices bring these ${GAME.others} patients ${size} points ${gap[0] > 0 ? "more" : "less"}: that is choice.`
        : `Against “${NAMED[name]}” the difference is ${size} points, less than two of its errors: no difference can be seen.`;
    });
    const apart = own - mine[0];
    const first = `With your choices the symptoms of ${GAME.others} other patients fall by ${Numbers.shown(...mine)} points on average. Eight of ten of them lie between ${Numbers.number(low)} and ${Numbers.number(high)}.`;
    const last = `Your own patient came to ${Numbers.number(own)}. The ${points(Math.round(apart * 10) / 10)} ${apart < 0 ? "below" : "above"} the average are this patient and the dice, not you.`;
    at.chance.replaceChildren(make("p", { class: "verdict", tabindex: "-1", text: first }), make("p", { text: last }), ...against.map((text) => make("p", { text })),
      make("p", { class: "what", text: `${game.scale.name}: points by which the symptoms fall` }), pictures, make("p", { class: "note" }, Words.text(`Whiskers: where the average would lie in 95 of 100 repetitions with other patients ([error]). All meet the same ${GAME.others} patients with the same dice, so differences are surer than the whiskers say.${game.left ? " Sessions that you did not come to get the points of your last one." : ""}`)));
    const rows = Object.entries(found).map(([name, values]) => [name, Numbers.meanAndError(values)]);
    Draw.bars(pictures, { label: `${game.scale.name}: points by which the symptoms fall`, y: [Math.min(0, ...rows.map(([, [value]]) => value)), Math.max(...rows.map(([, [value, error]]) => value + 2 * error))],
      bars: rows.map(([name, [value, error]]) => ({ name: NAMED[name], arm: name === YOU ? "a" : "b", value, error: error ?? undefined })) });
    at.chance.querySelector(".verdict").focus({ preventScroll: true });
    Page.say([first, last, ...against].join(" "));
  }

  // ------------------------------------------------------------------------------------------------------ the class

  function fingerprint(text) {
    let hash = 0x811c9dc5;
    for (const letter of text) hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193) >>> 0;
    return hash % PATIENTS;
  }

  // What a code of a course holds: the patient, the improvement in steps of the scale, whether the patient left.
  function layout(protocol) {
    const { scale } = SETUP.protocols[protocol].on[SETUP.protocols[protocol].condition];
    return [PATIENTS, 2 * Math.round(scale.highest / scale.step) + 1, 2];
  }

  const LAYOUTS = Object.fromEntries(GAME.protocols.map((name, place) => [FIRST_KIND + place, layout(name)]));

  function handedIn() {
    const { scale, protocol } = game, kind = FIRST_KIND + GAME.protocols.indexOf(protocol), zero = Math.round(scale.highest / scale.step), mine = game.found[YOU], own = fingerprint(game.tag);
    const values = Object.values(game.found).map((one) => one.better), of = (numbers) => (numbers[1] - zero) * scale.step;
    const code = Codes.write(kind, [own, zero + Math.round(mine.better / scale.step), Number(Boolean(game.left))], LAYOUTS[kind]);
    const reach = Math.max(10, ...values.map(Math.abs)) + 12;
    return Class.panel({ key: `play ${game.tag}`, kind, layouts: LAYOUTS, code, what: "results", label: "Points by which the symptoms fall", unit: "points", legend: `A dot for each course: points by which the symptoms fell. The line is “${NAMED[EVENLY]}”, the short marks are the built-in clinicians, the ring is yours.`, low: Math.min(-8, -5 + Math.min(...values)), high: reach,
      write: (value) => Numbers.number(value), other: (numbers) => (numbers[0] === own ? "" : "it is of another patient"),
      rows: [{ name: "your class", arm: "b", answer: game.found[EVENLY].better, said: Numbers.number(game.found[EVENLY].better), own: mine.better, of,
        marks: POLICIES.map((name) => ({ value: game.found[name].better })) }] });
  }

  globalThis.Play = Object.freeze({ layouts: LAYOUTS, fingerprint, game: () => game });
  Page.screen("play", { title: "Play", show, update, hide: () => {} });
})();
