// One simulated patient under A and under B: where the dot lies, what happened, and how it felt.
(() => {
  "use strict";
  const { make } = Page;
  const { SETUP } = State;
  const STORY = JSON.parse(document.getElementById("story").textContent);
  const SAID = STORY.said;
  const ARMS = ["a", "b"];
  const BONDS = ["trust", "felt_empathy", "rapport"];
  const TRAITS = ["attachment_anxiety", "attachment_avoidance", "expectancy", "resistance"];
  const NARROW = 960; // pixels below which the story comes first
  const INNER = { trust: "Trust", felt_empathy: "Felt empathy", rapport: "Rapport", fear: "Fear" };

  // --------------------------------------------------------------------------------------------------- words

  const word = (kind, value) => STORY.words[kind].find(([limit]) => limit === null || value <= limit)[1];
  const plain = (name) => name.replaceAll("_", " ");
  const listed = (names) => (names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`);
  const sentences = (...parts) => parts.filter(Boolean).map((part) => `${part[0].toUpperCase()}${part.slice(1)}.`).join(" ");
  const written = (value) => String(Number(value.toPrecision(6))).replace("-", "−");
  const points = (value) => `${written(value)} point${value === 1 ? "" : "s"}`;
  const turn = (ways, place) => ways[place % ways.length];

  function against(now, before, then) {
    return now === before ? `as at ${then}` : `${points(Math.abs(now - before))} ${now < before ? "below" : "above"} ${then}`;
  }

  function grouped(levels) {
    const groups = new Map();
    for (const [name, how] of Object.entries(levels)) groups.set(how, [...(groups.get(how) ?? []), plain(name)]);
    return groups;
  }

  function ruptures(came, mended) {
    if (came < 1) return "";
    if (came === 1) return `the one rupture was ${mended ? "" : "not "}mended`;
    return `of the ${came} ruptures ${{ 0: "none was", 1: "one was", [came]: "all were" }[mended] ?? `${mended} were`} mended`;
  }

  // ------------------------------------------------------------------------------------------------ who they are

  function who(world) {
    const { person, start, scale, state } = world;
    const own = Object.fromEntries(TRAITS.map((name) => [name, word(name, person[name])]));
    const levels = grouped(Object.fromEntries(BONDS.map((name) => [name, word("bond", start[name])])));
    const arrival = [...levels].map(([how, names]) => `${listed(names)} ${names.length === 1 ? "is" : "are"} ${how}`);
    return sentences(
      `the patient comes for ${state.condition === "ptsd" ? "PTSD" : state.condition}, with ${written(person.baseline)} of ${written(scale.highest)} points on the ${scale.name}`,
      `this is someone who ${own.attachment_anxiety} and ${own.attachment_avoidance}`,
      `the patient ${own.expectancy} and ${own.resistance}`,
      world.held.length ? `on arrival ${arrival.join(", ")}, and fear is ${word("fear", start.fear)}` : "",
    );
  }

  function treats(world) {
    if (!world.held.length) return "Nobody: the protocol has assessments and no sessions.";
    const skills = Object.entries(State.clinic(world.arm, world.state)).filter(([name]) => name in STORY.shown_as);
    const best = skills.reduce((one, other) => (other[1] > one[1] ? other : one));
    const least = skills.reduce((one, other) => (other[1] < one[1] ? other : one));
    const phases = (of) => [...new Set(world.held.filter(of).map((step) => step.phase))];
    const shared = phases((step) => step.group > 1), pairs = phases((step) => step.clinicians > 1 && step.group === 1);
    return sentences(
      `number ${world.person.lead + 1} of the team leads, a copy of clinician ${world.arm.toUpperCase()}: `
        + (best[1] === least[1] ? "alike in all behaviours" : `strongest in ${plain(best[0])} and weakest in ${plain(least[0])}`),
      word("dyad_effect", world.person.dyad_effect),
      pairs.length ? `number ${world.person.co + 1} joins in the ${listed(pairs)} sessions` : "",
      shared.length ? `the ${listed(shared)} sessions are shared by a group of up to ${Math.max(...world.held.map((step) => step.group))} patients` : "",
    );
  }

  // ---------------------------------------------------------------------------------------------- what happened

  // Each session and assessment in order of time: [{day, title, session, text, says}].
  function timeline(world) {
    const made = [];
    let before = world.start, place = 0, torn = 0, seen = 0, last = null;
    for (const row of world.rows) {
      if (row.phase === "assessment") {
        const primary = row.name === `assessment.${world.plan.primary_number}`;
        made.push({ day: row.day, name: row.name, session: false, title: primary ? "main assessment" : "assessment",
          text: assessed(world, row, last, seen, primary), says: "" });
        [seen, last] = [seen + 1, row];
        continue;
      }
      let text = "Not attended.", said = "";
      if (row.attended > 0) {
        text = [row.phase === "dosing" ? dosed(world, row) : "", happened(row, before, place, torn),
          row.left ? "After this session the patient left treatment." : ""].filter(Boolean).join(" ");
        said = says(row, before, torn, place);
        [torn, before] = [torn + row.rupture, row];
      }
      made.push({ day: row.day, name: row.name, session: true, title: row.name.replace(".", " "), text, says: said });
      place += 1;
    }
    return made;
  }

  function happened(row, before, place, torn) {
    const ways = row.repaired ? STORY.ways.mended : STORY.ways.torn;
    const rupture = row.rupture ? ways[torn < ways.length ? torn : 1 + (torn % (ways.length - 1))] : "";
    const moves = Object.fromEntries(BONDS.map((name) => [name, word("move", row[name] - before[name])]));
    const rising = BONDS.reduce((sum, name) => sum + row[name] - before[name], 0) > 0;
    const fell = Object.values(moves).some((how) => how.startsWith("-"));
    const evenSo = rupture && rising && !fell && !row.repaired ? "even so, " : "";
    return sentences(rupture, evenSo + bond(row, moves, place, rising), feared(row.fear, before.fear, place), worked(row, place));
  }

  function bond(row, moves, place, rising) {
    const groups = grouped(moves);
    const better = ([p, q], [r, s]) => (p === r ? q - s : p - r);
    const shown = Object.keys(STORY.shown_as).map((name) => [name, [row[`perceived_${name}`], row[`delivered_${name}`]]])
      .reduce((one, other) => ((rising ? better(other[1], one[1]) > 0 : better(other[1], one[1]) < 0) ? other : one))[0];
    const why = turn(rising ? STORY.ways.seen : STORY.ways.missed, place).replace("{}", STORY.shown_as[shown]);
    if (groups.size === 1 && groups.has("=")) return `${turn(STORY.ways.steady, place)}; ${why}`;
    const clauses = [...groups].map(([how, names]) => {
      const verb = turn({ "+": STORY.ways.up, "-": STORY.ways.down }[how[0]] ?? STORY.ways.level, place);
      return `${listed(names)}${names.length === BONDS.length ? " all" : ""} ${verb} ${how.slice(1)}`.trim();
    });
    return `${clauses.join(", ")}; ${why}`;
  }

  function feared(now, before, place) {
    const same = word("fear", now) === word("fear", before);
    if (Math.abs(now - before) < STORY.least.fear && (same || place > 0)) return place === 0 ? `fear stayed ${word("fear", now)}` : "";
    return `fear ${now > before ? "rose" : "eased"}${same ? " but stayed" : " and was now"} ${word("fear", now)}`;
  }

  function worked(row, place) {
    const there = row.integrated_now + row.insight; // what there was to turn, log units
    if (row.phase === "dosing" || there < STORY.least.insight) return "";
    return turn(STORY.ways.worked, place).replace("{}", word("insight", row.integrated_now / there));
  }

  // The one measure of a difficult day, for narrator and patient alike: hard, and no more than a share of it worked through.
  function hardness({ challenge, resolved }) {
    const hard = challenge > STORY.difficult.hard;
    return { hard, difficult: hard && resolved <= STORY.difficult.worked_through * challenge };
  }

  function dosed(world, row) {
    if (!row.dose) return "No drug was given; the day was one long session.";
    const { plan, highest } = world;
    const through = row.challenge ? word("resolved", row.resolved / row.challenge) : "none of it";
    const [ebi, meq] = ["ebi", "meq30"].map((name) => word("experience", row[name] / highest[name]));
    return sentences(
      `the effect of ${written(Number(row.dose.toFixed(4)))} ${plan.unit} of ${plan.drug} was ${word("intensity", row.intensity)}`,
      `the day brought ${word("challenge", row.challenge)} challenging experience (CEQ ${written(row.ceq)} of ${written(highest.ceq)}), and ${through} was worked through`,
      `emotional breakthrough was ${ebi} (EBI ${written(row.ebi)} of ${written(highest.ebi)}) and mystical-type experience ${meq} (MEQ30 ${written(row.meq30)} of ${written(highest.meq30)})`,
      hardness(row).difficult ? "it was a difficult day" : "",
      row.adverse ? "an adverse event followed" : "",
    );
  }

  const filled = (said, ...values) => values.reduce((text, value) => text.replace(/\{[^}]*\}/, () => value), said);

  function assessed(world, row, last, seen, primary) {
    const { person, scale } = world;
    const score = filled(turn(STORY.ways.assessed, seen), scale.name, written(row.score_primary), against(row.score_primary, person.baseline, "entry"));
    const why = last ? moved(world, row, last) : "";
    if (!primary) return sentences(score, why);
    const verdict = STORY.verdicts[2 * Number(person.response > 0) + Number(person.remission > 0)];
    return sentences(`${score}: ${verdict}`, why, `wellbeing was ${written(row.score_wellbeing)} on the WEMWBS (${against(row.score_wellbeing, person.wellbeing_baseline, "entry")})`);
  }

  // Why a score moved since the last assessment: the largest of what moved it so; empty where it hardly did.
  function moved({ scale }, row, last) {
    const gap = row.score_primary - last.score_primary;
    if (Math.abs(gap) < scale.important) return "";
    const [left, wasLeft] = [row, last].map((one) => Math.exp(-(one.relief + one.hope + one.belief_relief)));
    const why = { relief: scale.slope * last.set_point * (left - wasLeft), level: scale.slope * (row.set_point - last.set_point) * left };
    why.chance = gap - why.relief - why.level;
    const most = Object.keys(why).reduce((one, other) => (why[other] * Math.sign(gap) > why[one] * Math.sign(gap) ? other : one));
    return filled(STORY.moved.find(([name, rose]) => name === most && rose === gap > 0)[2], points(Math.abs(gap)));
  }

  // ------------------------------------------------------------------------------------- what the patient says

  function says(row, before, torn, place) {
    const parts = row.phase === "dosing" && row.intensity > SAID.felt ? [ofDay(row)] : [];
    if (row.rupture) parts.push(SAID[row.repaired ? "rupture_mended" : "rupture_left_open"][Number(torn > 0)]);
    const felt = Object.entries(SAID.bonds).filter(([name]) => place === 0 || word("bond", row[name]) !== word("bond", before[name]))
      .map(([name, levels]) => levels[word("bond", row[name])]);
    if (place === 0 || word("fear", row.fear) !== word("fear", before.fear)) felt.push(SAID.fear[word("fear", row.fear)]);
    if (felt.length) parts.push(felt.slice(0, 2).join(", and "), ...felt.slice(2));
    else if (!row.rupture) parts.push(turn(SAID.nothing_changed, place));
    if (row.phase !== "dosing" && row.integrated_now > STORY.least.insight) parts.push(SAID.insight);
    if (row.left) parts.push(SAID.left);
    return sentences(...parts);
  }

  function ofDay(row) {
    const { hard, difficult } = hardness(row), day = SAID.day;
    const ways = [difficult ? day.difficult : hard ? day.hard : day.easy];
    if (row.breakthrough > SAID.strong) ways.push(day.breakthrough);
    if (row.mystical > SAID.strong) ways.push(day.mystical);
    if (row.adverse) ways.push(day.adverse);
    return ways.join("; ");
  }

  // ------------------------------------------------------------------------------------------- what it came to

  function lasted(world) {
    const { rows, person, scale, start } = world;
    const last = rows.at(-1), final = rows.findLast((row) => row.phase === "assessment");
    const [from, to] = [start.set_point, last.set_point].map((level) => scale.slope * level);
    const insight = 100 * (1 - Math.exp(-last.integrated));
    const went = Math.round(from) === Math.round(to) ? `stayed at ${Math.round(to)}` : `went from ${Math.round(from)} to ${Math.round(to)}`;
    const share = insight < STORY.least.percent ? "hardly any insight turned into lasting change"
      : `insight turned into lasting change lowered that level by ${insight.toFixed(0)} %${to > from ? ", but what else happened outweighed it" : ""}`;
    return sentences(
      `the level to which symptoms tend to return ${went} points on the ${scale.name}`,
      rows.some((row) => row.intensity > 0) ? share : "",
      `on day ${final.day}, the last assessment, the score was ${written(final.score_primary)} (${against(final.score_primary, person.baseline, "entry")})`,
      world.held.length ? `the patient attended ${written(person.sessions)} of ${world.held.length} sessions` : "",
      ruptures(person.ruptures, person.repairs),
    );
  }

  function difference(one, two) {
    const gap = Math.abs(two.person.endpoint - one.person.endpoint);
    const apart = gap ? `${points(gap)} ${two.person.endpoint < one.person.endpoint ? "lower than" : "higher than"}` : "the same as";
    const early = [one, two].map((world) => world.person.wai_early);
    return sentences(
      `at the main assessment the ${one.scale.name} was ${written(two.person.endpoint)} with B, ${apart} the ${written(one.person.endpoint)} with A; that is ${gap < one.scale.important ? "less than" : "at least"} the ${written(one.scale.important)} points taken as the smallest difference that matters`,
      early.every(Number.isFinite) ? `early in treatment this patient rated the alliance ${early[1].toFixed(1)} with B and ${early[0].toFixed(1)} with A (WAI-SR, 1 to 5)` : "",
      "all dice were the same, so the two differ only by what the clinicians do",
      others(one, two),
    );
  }

  // For how many patients of the same trial the difference goes which way.
  function others(one, two) {
    const gaps = Array.from(one.endpoints, (value, at) => two.endpoints[at] - value).filter((gap) => !Number.isNaN(gap));
    if (gaps.length < 2) return "";
    const ways = Object.entries({ lower: gaps.filter((gap) => gap < 0).length, "the same": gaps.filter((gap) => gap === 0).length, higher: gaps.filter((gap) => gap > 0).length })
      .filter(([, many]) => many);
    const counted = ways.map(([way, many], place) => `${many}${place ? "" : ` had a ${one.scale.name} that was`} ${way}`);
    return `of the ${gaps.length} patients of this trial ${listed(counted)} with B`;
  }

  // ------------------------------------------------------------------------------------------------- the world

  const KEPT = new Map(); // whole trials, by settings and number

  // A whole trial of one arm, held to its end: its tables.
  function trialOf(arm, state) {
    const settings = State.world(arm, state), key = `${state.trial} ${JSON.stringify(settings)}`;
    if (!KEPT.has(key)) {
      if (KEPT.size > 7) KEPT.delete(KEPT.keys().next().value);
      const trial = Alliance.trial(Alliance.world(settings), state.trial - 1);
      while (trial.next() !== null);
      KEPT.set(key, { sessions: trial.sessions, assessments: trial.assessments, outcomes: trial.outcomes(), patients: trial.patients });
    }
    return KEPT.get(key);
  }

  const rowOf = (columns, at) => Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[at]]));

  // Rows of one patient in a table of a whole trial.
  function rowsOf(columns, number) {
    const places = columns.patient.map((one, at) => (one === number ? at : -1)).filter((at) => at >= 0);
    return places.map((at) => {
      const row = rowOf(columns, at);
      return { ...row, name: row.session, day: row.patient_day };
    });
  }

  // One patient's world in one arm.
  function lived(arm, state, whole) {
    const plan = Compare.plan(state), on = plan.on[state.condition], number = state.patient - 1;
    const start = rowOf(whole.patients, number), person = { ...start, ...rowOf(whole.outcomes, number) };
    const rows = [...rowsOf(whole.assessments, number), ...rowsOf(whole.sessions, number)].sort((one, other) => one.day - other.day); // assessments first
    const planned = new Map(plan.course.map(([name, phase, day, hours, clinicians, dose, group]) => [name, { name, phase, day, hours, clinicians, dose, group }]));
    return {
      arm, state, plan, endpoints: whole.outcomes.endpoint, scale: on.scale, highest: on.highest, start, person,
      rows: rows.map((row) => ({ ...row, dose: (planned.get(row.name).dose * state.dose) / 100 })),
      held: [...planned.values()].filter((step) => step.phase !== "assessment"),
    };
  }

  // The command that writes this story; it counts patients and trials from 0.
  function storyLine(state) {
    const words = Compare.runLine(state).split(/ (?=(?:[^']*'[^']*')*[^']*$)/).slice(2).filter((one) => !/^(?:replicates|out)=/.test(one));
    return `alliance-sim story ${[`patient=${state.patient - 1}`, `replicate=${state.trial - 1}`, "arm=a", "counterfactual=b", ...words].join(" ")}`;
  }

  // -------------------------------------------------------------------------------------------------- the screen

  const at = {};
  const step = (by) => State.set({ patient: 1 + ((State.get().patient - 1 + by + State.get().patients) % State.get().patients) });

  function show(place, state) {
    at.patient = Page.field({ name: "patient", label: "Patient", low: 1, high: state.patients, value: state.patient, oninput: (value) => choose(value) });
    at.trial = Page.field({ name: "trial", label: "Trial", low: 1, high: SETUP.trials, value: state.trial, oninput: (value) => State.set({ trial: value }) });
    at.dots = make("div", { class: "scatter" });
    at.inner = Object.keys(INNER).map(() => make("div"));
    at.whose = make("p", { class: "first" });
    at.lines = make("div", { class: "headline" }, at.whose);
    at.story = make("article", { class: "story" });
    place.append(make("div", { class: "two" },
      make("div", { class: "pick" },
        make("div", { class: "buttons" },
          make("button", { type: "button", text: "← Previous", onclick: () => step(-1) }), at.patient.node,
          make("button", { type: "button", text: "Next →", onclick: () => step(1) }), at.trial.node),
        at.dots, make("p", { class: "note", text: "Every dot is one patient of this trial: across, the change of symptoms with A; upwards, with B. Left and down is better. Tap one." }),
        make("details", { class: "inside", open: innerWidth > NARROW }, make("summary", { text: "Inside the patient, session by session" }), make("div", { class: "panels" }, at.inner))),
      make("div", {}, at.lines, at.story)));
  }

  function choose(value) {
    const most = State.get().patients;
    if (!(value >= 1 && value <= most)) throw new Error(`There is no patient ${value}; this trial has ${most}: type a number from 1 to ${most}.`);
    State.set({ patient: value });
  }

  function update(state) {
    at.patient.set(state.patient);
    at.patient.input.max = state.patients;
    at.trial.set(state.trial);
    const whole = Object.fromEntries(ARMS.map((arm) => [arm, trialOf(arm, state)]));
    const worlds = Object.fromEntries(ARMS.map((arm) => [arm, lived(arm, state, whole[arm])]));
    const [a, b] = ARMS.map((arm) => worlds[arm].person.change);
    at.whose.textContent = `Patient ${state.patient} of trial ${state.trial}: ${worlds.a.scale.name} change ${Numbers.signed(a)} points with A, ${Numbers.signed(b)} with B.`;
    Page.say(at.whose.textContent);
    scatter(whole, worlds, state);
    inner(worlds, state);
    story(worlds, state);
  }

  function inner(worlds, state) {
    Object.entries(INNER).forEach(([name, title], place) => {
      const series = ARMS.map((arm) => {
        const rows = worlds[arm].rows.filter((row) => row.phase !== "assessment" && row.attended > 0);
        return { name: `Clinician ${arm.toUpperCase()}`, short: arm.toUpperCase(), arm, days: rows.map((row) => row.day), values: rows.map((row) => row[name]) };
      });
      at.inner[place].hidden = !worlds.a.held.length;
      if (worlds.a.held.length) Draw.course(at.inner[place], { series, ...Compare.phases(state), y: [0, 1], label: title, xLabel: "day", height: 165, title: `${title} of patient ${state.patient} after each session` });
    });
  }

  const both = (texts) => make("div", { class: "both" }, ARMS.map((arm) => make("div", { class: `side ${arm}` }, make("strong", { text: arm.toUpperCase() }), make("p", { text: texts[arm] }))));

  function story(worlds, state) {
    const lines = { a: timeline(worlds.a), b: timeline(worlds.b) };
    const other = new Map(lines.b.map((one) => [one.name, one]));
    const visits = lines.a.map((one) => make("section", { class: one.session ? "visit" : "visit measured" },
      make("h3", {}, make("span", { class: "day", text: `Day ${one.day}` }), ` ${one.title}`),
      make("div", { class: "both" }, ARMS.map((arm) => {
        const own = arm === "a" ? one : other.get(one.name);
        return make("div", { class: `side ${arm}` }, make("strong", { text: arm.toUpperCase() }), make("p", { text: own.text }), own.says ? make("blockquote", { text: `“${own.says}”` }) : null);
      }))));
    at.story.replaceChildren(
      make("h2", { text: "Who comes, and who treats" }), make("p", { text: who(worlds.a) }), both({ a: treats(worlds.a), b: treats(worlds.b) }),
      make("h2", { text: "What happened" }), ...visits,
      make("h2", { text: "What lasted" }), both({ a: lasted(worlds.a), b: lasted(worlds.b) }),
      make("h2", { text: "The difference" }), make("p", { text: difference(worlds.a, worlds.b) }),
      make("p", { class: "note" }, "What patients say follows from their states alone; the words are the authors'. "),
      make("details", {}, make("summary", { text: "The same story on the command line" }), make("p", { class: "note", text: "The command counts patients and trials from 0." }),
        make("code", { class: "command", text: storyLine(state) }), make("div", { class: "buttons" }, Page.copyButton("Copy command", () => storyLine(State.get())))));
  }

  function scatter(whole, worlds, state) {
    const { node, ticks, linear } = Draw, place = at.dots;
    const [across, up] = ARMS.map((arm) => Array.from(whole[arm].outcomes.change));
    const all = [...across, ...up], low = Math.min(...all, 0) - 2, high = Math.max(...all, 0) + 2;
    const wide = Math.max(240, Math.min(place.clientWidth || 420, 460)), tall = Math.round(wide * 0.72);
    const x = linear(low, high, 44, wide - 10), y = linear(low, high, tall - 40, 12);
    const svg = node("svg", { viewBox: `0 0 ${wide} ${tall}`, width: wide, height: tall, role: "img",
      "aria-label": `Change of each of ${state.patients} patients with A and with B; patient ${state.patient}: ${across[state.patient - 1]} with A, ${up[state.patient - 1]} with B` });
    for (const value of ticks(low, high, 5)) {
      svg.append(node("line", { x1: x(value), x2: x(value), y1: y(low), y2: y(high), class: "grid" }), node("line", { x1: x(low), x2: x(high), y1: y(value), y2: y(value), class: "grid" }),
        node("text", { x: x(value), y: tall - 25, class: "tick", "text-anchor": "middle" }, Numbers.number(value)), node("text", { x: 38, y: y(value) + 4, class: "tick", "text-anchor": "end" }, Numbers.number(value)));
    }
    const even = (value) => `${x(value)},${y(value)}`;
    svg.append(node("polyline", { points: `${even(low)} ${even(high)}`, class: "dose" }),
      node("text", { x: x(low) + 6, y: y(high) + 14, class: "end arm-a" }, "better with A"), node("text", { x: x(high) - 4, y: y(low) - 8, class: "end arm-b", "text-anchor": "end" }, "better with B"),
      node("text", { x: (x(low) + x(high)) / 2, y: tall - 7, class: "name", "text-anchor": "middle" }, `${worlds.a.scale.name} change with A`),
      node("text", { transform: `translate(11 ${(y(low) + y(high)) / 2}) rotate(-90)`, class: "name", "text-anchor": "middle" }, "with B"));
    across.forEach((value, one) => {
      const dot = node("circle", { cx: x(value), cy: y(up[one]), r: one === state.patient - 1 ? 8 : 4.5, class: one === state.patient - 1 ? "chosen" : "person" });
      dot.addEventListener("click", () => State.set({ patient: one + 1 }));
      svg.append(dot);
    });
    svg.append(svg.querySelector(".chosen"));
    place.classList.add("drawing");
    place.replaceChildren(svg);
  }

  globalThis.Person = Object.freeze({ timeline, says, hardness, who, treats, lasted, difference, storyLine, lived: (arm, state) => lived(arm, state, trialOf(arm, state)) });
  Page.screen("patient", { title: "One patient", show, update });
})();
