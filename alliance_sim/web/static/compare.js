// The first screen: two clinicians, two sliders each, and the bond of the same patients with either.
(() => {
  "use strict";
  const { make } = Page;
  const { SETUP } = State;
  const ARMS = ["a", "b"];
  const BONDS = { trust: "trust", felt_empathy: "felt empathy", rapport: "rapport" };
  const SHARES = ["response", "remission", "dropout", "adverse"]; // of patients, in percent
  const OF_SESSIONS = ["dropout", "adverse", "ruptures", "clinician_hours"]; // of those who meet
  const FINE = ["wai_early", "wai_final", "ruptures"]; // a third decimal says something
  const QUANTILES = { change_q10: 0.1, change_q50: 0.5, change_q90: 0.9 };
  const CASE_STUDY = ["weak", "typical", "strong"]; // arms that the command runs unless they are taken away
  const SHOWN_ONLY = ["screen", "lesson", "step", "sheet", "trial", "patient", "day", "who", "guess", "more", "theme"]; // move no number
  const NAMED = { warmth: "Warmth", structure: "Structure" };
  const NOTES = {
    warmth: "Sets [empathy], [listening](active listening), [authenticity].",
    structure: "Sets [boundaries] and [collaboration].",
  };
  const WHEN = { preparation: "in preparation", therapy: "in therapy", dosing: "on dosing days", integration: "in integration",
    after_rupture: "after a rupture left open" };
  const RULES = { balanced: "in turn", random: "by lot", attachment: "the most insecure to the most skilled" };
  const KEPT = new Map(); // results of worlds, by their settings
  const MOST_KEPT = 60;
  const plain = (name) => name.replaceAll("_", " ");
  const titled = (name) => plain(name)[0].toUpperCase() + plain(name).slice(1);

  // ------------------------------------------------------------------------------------------------ numbers

  // Everything this screen shows of one clinician: by trial, over all patients, in time.
  function result(settings) {
    const key = JSON.stringify(settings);
    let found = KEPT.get(key);
    if (!found) {
      const run = Alliance.run(Alliance.world(settings), SETUP.trials);
      found = { changes: run.outcomes.change, trials: byTrial(run.outcomes, settings.patients), course: course(run) };
      if (KEPT.size >= MOST_KEPT) KEPT.delete(KEPT.keys().next().value);
      KEPT.set(key, found);
    }
    return found;
  }

  // Mean over the patients of each trial, summed in their order, as a run keeps it; and the spread of change.
  function byTrial(outcomes, patients) {
    const made = {};
    const each = (values, work) => Array.from({ length: SETUP.trials }, (_, trial) => (
      work(values.slice(trial * patients, (trial + 1) * patients))));
    for (const [name, values] of Object.entries(outcomes)) made[name] = each(values, (one) => Math.fround(Numbers.mean(one)));
    made.change_sd = each(outcomes.change, (one) => {
      const middle = Numbers.mean(one);
      return Math.fround(Math.sqrt(one.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (one.length - 1)));
    });
    for (const [name, share] of Object.entries(QUANTILES)) made[name] = each(outcomes.change, (one) => Math.fround(Numbers.quantile(one, share)));
    return made;
  }

  // Mean of each bond, and of all three, by day, with their errors over trials.
  function course({ days, bonds }) {
    const names = Object.keys(BONDS), middle = (read) => names.reduce((sum, name) => sum + read(bonds[name]), 0) / names.length;
    const made = { days, errors: {} };
    for (const name of names) {
      made[name] = Array.from(bonds[name].mean);
      made.errors[name] = days.map((_, at) => Numbers.meanAndError(bonds[name].trials[at])[1]);
    }
    made.bond = days.map((_, at) => middle((one) => one.mean[at]));
    made.errors.bond = days.map((_, at) => Numbers.meanAndError(Array.from({ length: SETUP.trials }, (_unused, trial) => middle((one) => one.trials[at][trial])))[1]);
    return made;
  }

  const both = (state) => Object.fromEntries(ARMS.map((arm) => [arm, result(State.world(arm, state))]));

  // Rows of the table: [name, words, [a, error], [b, error], [b - a, error]]; measures that the protocol lacks are left out.
  // Where A and B are the same world their difference is none, without error; who meets nobody has nothing of sessions.
  function rows(found, state) {
    const [a, b] = ARMS.map((arm) => found[arm].trials), meets = held(state).length > 0;
    const alike = JSON.stringify(State.world("a", state)) === JSON.stringify(State.world("b", state));
    return Object.entries(plan(state).on[state.condition].labels).filter(([name]) => name in a && (meets || !OF_SESSIONS.includes(name)))
      .map(([name, words]) => [name, words, Numbers.meanAndError(a[name]), Numbers.meanAndError(b[name]), alike ? [0, 0] : Numbers.paired(a[name], b[name])])
      .filter(([, , one, other]) => !Number.isNaN(one[0]) || !Number.isNaN(other[0]));
  }

  function cell(name, [value, error], sign) {
    const scale = SHARES.includes(name) ? 100 : 1;
    const places = SHARES.includes(name) ? 1 : FINE.includes(name) ? 3 : 2;
    const unit = SHARES.includes(name) ? (sign ? " points of 100" : " of 100") : "";
    return Numbers.shown(value * scale, error === null ? null : error * scale, { places, sign }) + (Number.isFinite(value) ? unit : "");
  }

  const plan = (state) => SETUP.protocols[state.protocol];
  const held = (state) => plan(state).course.filter(([, phase]) => phase !== "assessment");

  // Phases as stretches of days, and the dosing days, for a drawing.
  function phases(state) {
    const made = [], doses = [];
    for (const [, phase, day] of held(state)) {
      const last = made.at(-1);
      if (phase === "dosing") {
        doses.push(day);
        made.push(null);
      } else if (last && last.name === phase) last.to = day;
      else made.push({ name: phase, from: day, to: day });
    }
    return { phases: made.filter(Boolean), doses };
  }

  // ---------------------------------------------------------------------------------------------- in words

  const of100 = ([value, error]) => Numbers.shown(100 * value, error === null ? null : 100 * error, { places: error !== null && error < 0.01 ? 1 : 0 });

  // The sentences above the picture, as text with terms in brackets.
  function headline(found, state) {
    const [a, b] = ARMS.map((arm) => Numbers.meanAndError(found[arm].trials.response));
    if (!held(state).length) return [`Of 100 [simulated patients](simulated patient), ${of100(a)} [respond](response) while they wait.`, ""];
    const gap = Numbers.paired(found.a.trials.response, found.b.trials.response);
    const first = `Of 100 [simulated patients](simulated patient), ${of100(a)} [respond](response) with A and ${of100(b)} with B.`;
    const size = of100([Math.abs(gap[0]), gap[1]]);
    const who = gap[0] > 0 ? "B" : "A";
    if (gap[0] === 0) return [first, "The [same patients](paired difference): no difference."];
    const chance = Numbers.clear(gap) ? "" : " That is less than two of its [errors](error), so it may be [chance].";
    return [first, `The [same patients](paired difference): ${size} more respond with ${who}.${chance}`];
  }

  const unmarked = (said) => said.replace(/\[([^\]]+)\](?:\([^)]+\))?/g, "$1");

  // A sentence where a protocol meets people it was never tried on; else nothing.
  function extrapolates(state) {
    const { name, condition } = plan(state);
    if (condition === state.condition) return "";
    const words = (one) => SETUP.conditions[one].replace(/^[DA]/, (letter) => letter.toLowerCase());
    return `${name} is set up for ${words(condition)}, not for ${words(state.condition)}: these numbers are an [extrapolation] that no trial has checked.`;
  }

  // ------------------------------------------------------------------------------------------ the command line

  const float = (value) => (Number.isInteger(value) ? value.toFixed(1) : String(value));
  const safe = (word) => (/^[\w@%+=:,./~-]+$/.test(word) && !word.startsWith("~") ? word : `'${word.replaceAll("'", "'\"'\"'")}'`);

  // Keys of one arm as the command takes them.
  function armKeys(state, arm) {
    const own = State.clinic(arm, state), names = SETUP.behaviours.map((one) => one.name);
    const made = names.map((name) => [`clinicians.${name}.mean`, float(own[name])]);
    made.push(["clinicians.number", String(State.team(arm, state))]);
    if (own.policy !== State.usual[`${arm}.policy`]) made.push(["policy.name", own.policy]);
    if (own.policy === "feedback_informed") made.push(["protocol.feedback", "true"]);
    const used = new Set(held(state).map(([, phase]) => phase));
    for (const when of [...SETUP.phases.filter((phase) => used.has(phase)), "after_rupture"]) {
      const group = when === "after_rupture" ? "clinicians.after_rupture" : `clinicians.phases.${when}`;
      for (const name of names) if (own[`${when}.${name}`]) made.push([`${group}.${name}`, float(own[`${when}.${name}`])]);
    }
    for (const name of ["budget", "fatigue"]) {
      if (own[name] !== State.usual[`${arm}.${name}`]) made.push([`clinicians.effort.${name}`, float(own[name])]);
    }
    return made;
  }

  function commonKeys(state) {
    const { doses } = plan(state);
    const made = [["patients.number", String(state.patients)], ["assignment.enrolment_spacing", String(state.spacing)]];
    if (state.rule !== State.usual.rule) made.push(["assignment.rule", state.rule]);
    if (state.dose !== 100 && doses.length) {
      made.push(["protocol.doses", `[${doses.map((dose) => float(Number(((dose * state.dose) / 100).toFixed(4)))).join(", ")}]`]);
    }
    for (const name of [...SETUP.behaviours.map((one) => one.name), "responsiveness"]) made.push([`clinicians.${name}.spread`, "0.0"]);
    return made;
  }

  // A short name of a page's numbers, for the folder of a run.
  function short(text) {
    let hash = 0x811c9dc5;
    for (const letter of text) hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193) >>> 0;
    return hash.toString(16).padStart(8, "0");
  }

  // The command that gives the same numbers.
  function runLine(state) {
    const words = [`protocol=${state.protocol}`, `patients=${plan(state).on[state.condition].patients}`];
    words.push(...commonKeys(state).map(([key, value]) => `${key}=${value}`));
    words.push(`seed=${state.seed}`, `replicates=${SETUP.trials}`, ...CASE_STUDY.map((name) => `~arms.${name}`));
    for (const arm of ARMS) words.push(`arms.${arm}={${armKeys(state, arm).map(([key, value]) => `${key}: ${value}`).join(", ")}}`);
    const bare = { ...state, ...Object.fromEntries(SHOWN_ONLY.map((key) => [key, State.usual[key]])) };
    words.push("base_arm=a", `out=outputs/classroom-${short(State.fragment(bare))}`);
    return `alliance-sim run ${words.map(safe).join(" ")}`;
  }

  // ------------------------------------------------------------------------------------------------- controls

  const set = (values) => State.set(values);
  const controls = []; // what follows the state: functions of it

  function bound(about, key) {
    const one = State.KEYS[key];
    const made = Page.slider({ low: one.low, high: one.high, ...about, name: key, value: State.get()[key], oninput: (value) => set({ [key]: value }) });
    controls.push((state) => made.set(state[key]));
    return made.node;
  }

  function chosen(key, label, options) {
    const made = Page.menu({ name: key, label, options, value: State.get()[key], oninput: (value) => set({ [key]: value }) });
    controls.push((state) => made.set(state[key]));
    return made.node;
  }

  function card(arm) {
    const upper = arm.toUpperCase();
    const chips = make("div", { class: "chips", role: "group", "aria-label": `Ready-made clinicians for ${upper}` },
      Object.entries(SETUP.presets).map(([name, levels]) => {
        const chip = make("button", { type: "button", text: name, onclick: () => {
          set(Object.fromEntries(Object.entries(levels).map(([key, level]) => [`${arm}.${key}`, level])));
        } });
        controls.push((state) => chip.setAttribute("aria-pressed", Object.entries(levels).every(([key, level]) => state[`${arm}.${key}`] === level)));
        return chip;
      }));
    const two = Object.keys(NAMED).map((name) => {
      const made = Page.slider({ name: `${arm}.${name}`, arm, low: 0, high: 1, step: 0.01, label: NAMED[name], spoken: `${NAMED[name]} of clinician ${upper}`,
        note: NOTES[name], said: (value) => value.toFixed(2), oninput: (value) => set({ [`${arm}.${name}`]: value }) });
      controls.push((state) => made.set(Number(State.level(arm, name, state).toFixed(3))));
      return made.node;
    });
    return make("section", { class: `card ${arm}`, "aria-label": `Clinician ${upper}` },
      make("h2", {}, make("span", { class: `sign ${arm}`, "aria-hidden": "true" }), `Clinician ${upper}`), chips, make("div", { class: "pair" }, two));
  }

  const oneBehaviour = (arm, { name, meaning }) => bound({ arm, step: 0.01, label: Words.link(plain(name), titled(name)),
    spoken: `${titled(name)} of clinician ${arm.toUpperCase()}`, note: meaning, said: (value) => value.toFixed(2) }, `${arm}.${name}`);

  // What one clinician shows more or less of in one phase, chosen by a menu.
  function shifts(arm) {
    const menu = Page.menu({ label: "More or less of a behaviour", options: Object.fromEntries(Object.entries(WHEN).filter(([when]) => (
      when === "after_rupture" || SETUP.phases.includes(when)))), value: "dosing", oninput: () => shown(State.get()) });
    const groups = Object.fromEntries([...SETUP.phases, "after_rupture"].map((when) => [when, make("div", {},
      SETUP.behaviours.map(({ name }) => bound({ arm, step: 0.05, label: titled(name), spoken: `${titled(name)} of clinician ${arm.toUpperCase()} ${WHEN[when]}`,
        said: (value) => (value ? Numbers.signed(value, 2) : "as ever") }, `${arm}.${when}.${name}`)))]));
    const shown = (state) => {
      const used = [...new Set(held(state).map(([, phase]) => phase)), "after_rupture"];
      for (const option of menu.select.options) option.hidden = !used.includes(option.value);
      if (!used.includes(menu.select.value)) menu.set(used[0]);
      for (const [when, group] of Object.entries(groups)) group.hidden = when !== menu.select.value;
    };
    controls.push(shown);
    return make("div", {}, menu.node, Object.values(groups));
  }

  function own(arm) {
    const upper = arm.toUpperCase();
    return make("details", { class: `card ${arm} own` }, make("summary", { text: `Clinician ${upper}: every setting` }),
      SETUP.behaviours.map((one) => oneBehaviour(arm, one)), shifts(arm),
      chosen(`${arm}.policy`, "Decides", SETUP.policies),
      bound({ arm, step: 0.1, label: Words.link("effort", "Effort"), spoken: `Effort of clinician ${upper}`, note: "Most that can be given beyond the usual in one session.",
        said: (value) => (value >= State.KEYS[`${arm}.budget`].high ? "no limit" : value.toFixed(1)) }, `${arm}.budget`),
      bound({ arm, step: 0.1, label: "Effort tires", spoken: `How much effort tires clinician ${upper}`, said: (value) => value.toFixed(1) }, `${arm}.fatigue`),
      bound({ arm, step: 1, label: Words.link("caseload", "Patients per clinician"), spoken: `Patients per clinician ${upper}`,
        note: "Many patients tire; tired clinicians deliver less of everything." }, `${arm}.caseload`));
  }

  function shared() {
    const seed = Page.field({ name: "seed", label: Words.text("[Seed](seed) of all dice"), text: true, value: State.get().seed, oninput: (value) => set({ seed: value }) });
    seed.node.querySelector("span").replaceChildren(Words.text("[Seed](seed)"));
    controls.push((state) => seed.set(state.seed));
    return make("div", { class: "card shared" }, make("h2", { text: "What both share" }),
      chosen("protocol", "Protocol", Object.fromEntries(Object.entries(SETUP.protocols).map(([name, one]) => [name, one.name]))),
      chosen("condition", "Condition", SETUP.conditions),
      bound({ step: 1, label: Words.link("dose", "Dose"), spoken: "Dose, percent of the published dose", said: doseSaid }, "dose"),
      bound({ step: 1, label: "Patients in a trial", note: `Each of ${SETUP.trials} trials has so many.` }, "patients"),
      bound({ step: 1, label: "Days between enrolments", said: (value) => String(value) }, "spacing"),
      chosen("rule", "Patients get their clinician", RULES),
      make("div", { class: "menu" }, seed.node));
  }

  function doseSaid(value) {
    const { doses, unit, drug } = plan(State.get());
    if (!doses.length) return "no drug";
    return `${value} %: ${doses.map((dose) => Number(((dose * value) / 100).toFixed(3))).join(", ")} ${unit} ${drug}`;
  }

  // --------------------------------------------------------------------------------------------------- places

  const at = {};

  function show(place) {
    at.first = make("p", { class: "first" });
    at.second = make("p", { class: "second" });
    at.warning = make("p", { class: "warning", hidden: true });
    at.course = make("div");
    at.key = make("p", { class: "note" });
    const stage = make("div", { class: "stage" }, make("div", { class: "headline" }, at.first, at.second), at.warning, at.course, at.key);
    at.cards = make("div", { class: "cards" }, ARMS.map(card));
    at.empty = make("p", { class: "card", hidden: true });
    at.owns = ARMS.map(own);
    at.more = make("div", { class: "more", id: "more" }, shared(), at.owns);
    at.moreButton = make("button", { type: "button", class: "more-button", "aria-controls": "more", onclick: () => set({ more: 1 - State.get().more }) });
    at.reset = make("button", { type: "button", text: "Start over", onclick: () => State.read(`theme=${State.get().theme}`) });
    const side = make("div", { class: "controls" }, at.cards, at.empty, make("div", { class: "buttons" }, at.moreButton, at.reset), at.more);
    place.append(make("div", { class: "bench" }, stage, side), further());
  }

  function further() {
    at.panels = make("div", { class: "panels" });
    at.panelsWhole = make("section", {}, make("h2", { text: "The bond has three parts" }), at.panels);
    at.bars = make("div");
    at.strip = make("div");
    at.stripNote = make("p", { class: "note" });
    at.table = make("table");
    at.line = make("textarea", { class: "line", rows: 5, readonly: true, spellcheck: "false", id: "line" });
    at.pasted = make("input", { type: "text", "aria-label": "A link that somebody sent you", placeholder: "Paste a link here" });
    at.draws = make("p", { class: "note" });
    return make("div", { class: "further" },
      make("section", {}, make("h2", { text: "Of 100 patients" }), at.bars,
        make("p", { class: "note" }, Words.text("Whiskers: where the number would lie in 95 of 100 repetitions with other dice ([error])."))),
      make("section", {}, make("h2", { text: "How symptoms change" }), at.strip, at.stripNote),
      at.panelsWhole,
      make("details", { class: "all-numbers" }, make("summary", { text: "All outcomes, with their errors" }),
        make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "All outcomes" }, at.table), at.draws),
      make("details", { class: "take" }, make("summary", { text: "Share it, save it, repeat it" }),
        make("div", { class: "buttons" },
          Page.copyButton("Copy link", () => State.link()),
          make("button", { type: "button", text: "Numbers as CSV", onclick: () => Page.save("classroom.csv", csv(both(State.get()), State.get()), "text/csv") }),
          make("button", { type: "button", text: "Picture as SVG", onclick: () => Page.save("classroom.svg", Draw.svgText(held(State.get()).length ? at.course : at.strip), "image/svg+xml") })),
        make("div", { class: "buttons" }, at.pasted, make("button", { type: "button", text: "Open", onclick: () => Page.guarded(() => State.read(at.pasted.value)) })),
        make("p", { class: "note", text: "A link from another machine works too: only what stands after # is read." }),
        make("h3", {}, make("label", { for: "line", text: "The command that gives the same numbers" })), at.line,
        make("div", { class: "buttons" }, Page.copyButton("Copy command", () => at.line.value))));
  }

  // --------------------------------------------------------------------------------------------------- update

  function update(state, keys) {
    for (const follow of controls) follow(state);
    at.more.hidden = !state.more;
    at.moreButton.textContent = state.more ? "Less" : "More settings";
    at.moreButton.setAttribute("aria-expanded", String(Boolean(state.more)));
    if (keys.every((key) => SHOWN_ONLY.includes(key)) && !keys.includes("screen")) return;
    const found = both(state);
    const [first, second] = headline(found, state);
    at.first.replaceChildren(Words.text(first));
    at.second.replaceChildren(Words.text(second));
    Page.say(`${unmarked(first)} ${unmarked(second)}`);
    const warning = extrapolates(state);
    at.warning.hidden = !warning;
    at.warning.replaceChildren(Words.text(warning));
    const meets = held(state).length > 0;
    for (const one of [at.cards, at.course, at.key, at.panelsWhole, ...at.owns]) one.hidden = !meets;
    at.empty.hidden = meets;
    at.empty.textContent = meets ? "" : `${plan(state).name}: patients meet nobody, so there is no clinician to set and no bond to follow. What changes, changes with time. Choose another protocol under “More settings”.`;
    if (meets) drawCourses(found, state, `${unmarked(first)} ${unmarked(second)}`);
    drawOutcomes(found, state, meets);
    numbers(found, state, meets);
  }

  function series(found, name, arms = ARMS) {
    return arms.map((arm) => ({ name: `Clinician ${arm.toUpperCase()}`, short: arm.toUpperCase(), arm, days: found[arm].course.days, values: found[arm].course[name], errors: found[arm].course.errors[name] }));
  }

  function drawCourses(found, state, said) {
    const marks = phases(state);
    Draw.course(at.course, { series: series(found, "bond"), ...marks, y: [0, 1], label: "Bond (0 to 1)", title: "The bond of A's and of B's patients through treatment", desc: said,
      height: (width) => (width < 520 ? 215 : Math.min(400, Math.max(260, Math.round(Math.min(width * 0.42, innerHeight * 0.46))))) });
    at.key.replaceChildren(Words.text("[Bond](bond): mean of [trust], [felt empathy] and [rapport] after each session. Grey: [preparation], [therapy] or [integration]; dashed: [dosing]."));
    const places = Object.keys(BONDS).map((name, place) => at.panels.children[place] ?? at.panels.appendChild(make("div")));
    Object.entries(BONDS).forEach(([name, words], place) => Draw.course(places[place], { series: series(found, name), ...marks, y: [0, 1], label: titled(words),
      xLabel: "day", title: `${titled(words)} through treatment`, height: 190 }));
  }

  function drawOutcomes(found, state, meets) {
    const arms = meets ? ARMS : ["a"], looks = (arm) => (meets ? arm : "soft");
    const { scale } = plan(state).on[state.condition];
    const named = { response: "respond", remission: "reach remission", dropout: "leave early", adverse: "have an adverse event after dosing" };
    const wanted = SHARES.filter((name) => Number.isFinite(found.a.trials[name]?.[0]) && (name !== "adverse" || phases(state).doses.length) && (name !== "dropout" || meets));
    Draw.bars(at.bars, { label: "Of 100 patients", y: [0, 100], bars: wanted.flatMap((name) => arms.map((arm) => {
      const [value, error] = Numbers.meanAndError(found[arm].trials[name]);
      return { group: named[name], name: meets ? `clinician ${arm.toUpperCase()}` : "while they wait", short: meets ? arm.toUpperCase() : " ", arm: looks(arm), value: 100 * value, error: error === null ? null : 100 * error, text: of100([value, error]) };
    })) });
    Draw.dots(at.strip, { series: arms.map((arm) => ({ name: meets ? `Clinician ${arm.toUpperCase()}` : "While they wait", short: meets ? arm.toUpperCase() : "", arm: looks(arm), values: found[arm].changes,
      mean: Numbers.mean(found[arm].trials.change) })), step: scale.step, zone: [-scale.important, scale.important], xLabel: `${scale.name}: change in points`,
    label: `${scale.name} change`, title: `Change of every patient on the ${scale.name}` });
    at.stripNote.replaceChildren(Words.text(`Every dot is one simulated patient, ${state.patients * SETUP.trials}${meets ? " each" : ""}; left is better. Grey: less than the ${scale.important} points that matter to a patient. [${scale.name}], day ${plan(state).primary}.`));
  }

  function numbers(found, state, meets) {
    const columns = meets ? ["Measure", "A", "B", "B − A, same patients"] : ["Measure", "while they wait"];
    const cells = (name, a, b, gap) => (meets ? [cell(name, a), cell(name, b), cell(name, gap, true)] : [cell(name, a)]);
    at.table.replaceChildren(make("thead", {}, make("tr", {}, columns.map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, rows(found, state).map(([name, words, a, b, gap]) => (
        make("tr", { class: meets && Numbers.clear(gap) ? "clear" : "" }, make("th", { scope: "row", text: words }), cells(name, a, b, gap).map((text) => make("td", { text })))))));
    const many = state.patients * SETUP.trials;
    const apart = State.team("a", state) === State.team("b", state) ? "" : " The teams differ in size, so patients meet other members of it, and how well two people happen to fit is drawn for each pair.";
    at.draws.replaceChildren(Words.text(`± one Monte Carlo [error]; bold: a difference of more than two errors. ${meets ? `A and B meet the same ${many} patients (${SETUP.trials} [trials](trial)) with the same dice; all clinicians of one side are copies of one another.` : `${many} patients in ${SETUP.trials} trials.`}${meets ? apart : ""}`));
    at.line.value = runLine(state);
  }

  function csv(found, state) {
    const lines = [["figure", "arm", "measure", "day", "unit", "estimate", "mcse"]];
    for (const arm of ARMS) {
      for (const name of ["bond", ...Object.keys(BONDS)]) {
        found[arm].course.days.forEach((day, place) => lines.push(["course", arm, name, day, "0 to 1", found[arm].course[name][place], found[arm].course.errors[name][place] ?? ""]));
      }
    }
    for (const [name, , a, b, gap] of rows(found, state)) {
      [["a", a], ["b", b], ["b - a", gap]].forEach(([arm, [value, error]]) => lines.push(["table", arm, name, "", SHARES.includes(name) ? "share" : "", value, error ?? ""]));
    }
    return `${lines.map((line) => line.map((one) => (/[",]/.test(String(one)) ? `"${String(one).replaceAll('"', '""')}"` : one)).join(",")).join("\n")}\n`;
  }

  globalThis.Compare = Object.freeze({ result, rows, cell, phases, held, plan, runLine, armKeys, commonKeys, safe, headline, extrapolates, csv, both });
  Page.screen("compare", { title: "Start", show, update });
})();
