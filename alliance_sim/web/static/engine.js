// The engine in a page: the timetable walked, one contact at a time, by the kernels that are generated from Python.
var Alliance = (function (laws, data) {
"use strict";

// ------------------------------------------------------------------------------------------------ what a world may say

function refuse(what) {
  throw new Error(what);
}

function choice(name, given, known) {
  if (!known.includes(given)) refuse(`there is no ${name} ${JSON.stringify(given)}; choose one of: ${known.join(", ")}.`);
  return given;
}

function inside(name, given, limits, whole) {
  if (typeof given !== "number" || Number.isNaN(given)) refuse(`${name}=${JSON.stringify(given)} is not a number; give one in [${limits[0]}, ${limits[1]}].`);
  if (given < limits[0] || given > limits[1]) refuse(`${name}=${given} is outside [${limits[0]}, ${limits[1]}]; give a number in that range.`);
  if (whole && !Number.isInteger(given)) refuse(`${name}=${given} is not a whole number; give one in [${limits[0]}, ${limits[1]}].`);
  return given;
}

function filled(name, given, defaults) { // an object of numbers, what is not given as it is
  if (typeof given !== "object" || given === null || Array.isArray(given)) refuse(`${name}=${JSON.stringify(given)} names nothing; give some of: ${Object.keys(defaults).join(", ")}.`);
  for (const key of Object.keys(given)) if (!(key in defaults)) refuse(`there is no ${name}.${key}; choose one of: ${Object.keys(defaults).join(", ")}.`);
  return { ...defaults, ...given };
}

function checked(given) {
  const s = filled("setting", given, data.defaults), limits = data.limits;
  const protocol = data.protocols[choice("protocol", s.protocol, Object.keys(data.protocols))];
  s.condition = choice("condition", s.condition || protocol.condition, Object.keys(data.conditions));
  choice("rule", s.rule, data.rules), choice("policy", s.policy, Object.keys(data.policies)), choice("blinding", s.blinding, data.blindings);
  for (const name of ["patients", "spacing", "clinicians", "caseload", "dose", "responsiveness", "budget", "fatigue"]) inside(name, s[name], limits[name], data.whole.includes(name));
  for (const name of ["skills", "spreads", "after_rupture", "practice"]) {
    s[name] = filled(name, s[name], data.defaults[name]);
    for (const key of Object.keys(s[name])) inside(`${name}.${key}`, s[name][key], limits[name]);
  }
  s.phases = filled("phases", s.phases, data.defaults.phases);
  for (const phase of Object.keys(s.phases)) {
    const shift = (s.phases[phase] = filled(`phases.${phase}`, s.phases[phase], data.defaults.after_rupture));
    for (const key of Object.keys(shift)) {
      inside(`phases.${phase}.${key}`, shift[key], limits.phases);
      if (shift[key] !== 0 && !(phase in protocol.phases)) refuse(`phases.${phase}.${key}=${shift[key]} is of a phase that the protocol has not; choose one of: ${Object.keys(protocol.phases).join(", ") || "none"}.`);
    }
  }
  s.supervision = filled("supervision", s.supervision, data.defaults.supervision);
  for (const name of ["sessions", "share", "hours"]) inside(`supervision.${name}`, s.supervision[name], limits[`supervision.${name}`]);
  choice("supervision.whom", s.supervision.whom, data.supervised);
  if (!/^\d{1,20}$/.test(s.seed) || BigInt(s.seed) >= 1n << 64n) refuse(`seed=${JSON.stringify(s.seed)} is no seed; give a whole number in [0, 18446744073709551615], as text.`);
  s.feedback = Boolean(s.feedback) || data.policies[s.policy].feedback;
  const room = Math.max(1, ...Object.values(protocol.phases).map((phase) => phase.clinicians));
  if (s.clinicians < room) refuse(`the protocol needs ${room} clinicians in a session and clinicians=${s.clinicians}; give clinicians=${room} or more.`);
  if (s.patients > s.clinicians * s.caseload) refuse(`patients=${s.patients} is more than clinicians=${s.clinicians} with caseload=${s.caseload} can place; give at most ${s.clinicians * s.caseload} patients or raise either.`);
  if (protocol.group > 1) groupsFit(s, protocol.group);
  return s;
}

function groupsFit(s, size) {
  if (size > s.patients) refuse(`a group of ${size} is larger than the trial, patients=${s.patients}; give at least ${size} patients.`);
  if (size > s.caseload) refuse(`a group of ${size} is more than caseload=${s.caseload}, the patients one clinician leads; raise the caseload.`);
  const room = s.clinicians * Math.floor(s.caseload / size), rest = s.patients % size;
  const needed = Math.floor(s.patients / size) + (rest > s.caseload % size ? 1 : 0);
  if (needed > room) refuse(`groups of ${size} are ${Math.ceil(s.patients / size)}, and clinicians=${s.clinicians} with caseload=${s.caseload} can lead ${room}; give fewer patients or raise either.`);
}

function rounded(dose, share) { // as the command line gives it: four digits
  return share === 1 ? dose : Number(((dose * (100 * share)) / 100).toFixed(4));
}

// -------------------------------------------------------------------------------------------------------- the timetable

const DAY = data.names.plan.indexOf("day"), DOSE = data.names.plan.indexOf("dose"), FEEDBACK = data.names.plan.indexOf("feedback");
const KEPT_TIMETABLES = 8, timetables = new Map();

function cohort(patient, patients, size) {
  const first = Math.floor(patient / size) * size;
  return [first, Math.min(first + size, patients)];
}

// Events by day; on one day assessments first, then by cohort, by order in the course, by patient.
function timetable(name, patients, spacing) {
  const tag = `${name} ${patients} ${spacing}`;
  if (timetables.has(tag)) return timetables.get(tag);
  const protocol = data.protocols[name], size = protocol.group, enrolment = [], events = [];
  for (let patient = 0; patient < patients; patient++) {
    enrolment.push((cohort(patient, patients, size)[1] - 1) * spacing);
    protocol.steps.forEach((step, at) => {
      const [first, end] = step.group > 1 ? cohort(patient, patients, step.group) : [0, 0], members = [];
      for (let member = first; member < end && end - first > 1; member++) members.push(member);
      events.push({ day: enrolment[patient] + step.day, patient, step, at, members, late: step.kind !== 0, cohort: Math.floor(patient / size) });
    });
  }
  events.sort((a, b) => a.day - b.day || a.late - b.late || a.cohort - b.cohort || a.step.code - b.step.code || a.patient - b.patient);
  const counts = { true: 0, false: 0 };
  for (const event of events) {
    const { step, members } = event;
    event.place = counts[event.late]++;
    event.opens = !members.length || event.patient === members[0];
    event.closes = !members.length || event.patient === members[members.length - 1];
    event.shown = Object.freeze({
      day: event.day, patient: event.patient, phase: step.phase, number: step.number, name: step.name,
      kind: ["assessment", "talk", "dose"][step.kind], clinicians: step.clinicians, hours: step.hours, members,
    });
  }
  if (timetables.size >= KEPT_TIMETABLES) timetables.delete(timetables.keys().next().value);
  const made = { enrolment, events, sessions: counts.true, assessments: counts.false };
  timetables.set(tag, made);
  return made;
}

// ------------------------------------------------------------------------------------------------------------ the world

const NUMBERS = new Map(data.names.numbers.map((name, place) => [name, place])), NAMES = Object.keys(data.behaviours);
function row(values) {
  const made = new Float64Array(values.length);
  for (let place = 0; place < made.length; place++) made[place] = values[place] === null ? NaN : values[place];
  return made;
}
const ordered = (shifts) => NAMES.map((name) => shifts[name]);

function numbersOf(s, protocol, own) {
  const numbers = row(data.numbers), design = [...protocol.design];
  if (s.blinding === "open") design[1] = 1;
  if (s.blinding === "perfect") design[2] = 1;
  numbers.set(data.drugs[protocol.drug] || data.drugs.psilocybin, data.replaced.drug);
  numbers.set(design, data.replaced.design);
  numbers.set(data.scales[own.primary].values, data.replaced.primary);
  numbers.set(data.scales[own.secondary].values, data.replaced.secondary);
  for (const [name, value] of Object.entries(s.numbers)) {
    if (!NUMBERS.has(name)) refuse(`there is no number ${JSON.stringify(name)} of the laws; data.names.numbers lists them.`);
    numbers[NUMBERS.get(name)] = inside(name, value, [-Infinity, Infinity]);
  }
  return numbers;
}

// Laws read numbers once for each array, so that worlds of the same numbers share one.
const shared = new Map();
function once(values) {
  const tag = values.join(" ");
  if (!shared.has(tag)) {
    if (shared.size > 64) shared.clear();
    shared.set(tag, values);
  }
  return shared.get(tag);
}

function world(settings = {}) {
  const s = checked(settings), protocol = data.protocols[s.protocol], own = protocol.conditions[s.condition], seed = BigInt(s.seed);
  const plans = protocol.steps.map((step) => {
    const plan = row(step.plan);
    if ("dose" in step) plan[DOSE] = rounded(protocol.doses[step.dose], s.dose);
    plan[FEEDBACK] = Number(s.feedback);
    return plan;
  });
  const shifts = [...Object.keys(data.defaults.phases).flatMap((phase) => ordered(s.phases[phase])), ...ordered(s.after_rupture)];
  const conduct = [...shifts, s.budget, s.fatigue], practice = ordered(s.practice), experience = NUMBERS.get("learning.experience");
  const numbers = once(numbersOf(s, protocol, own)), asked = conduct.some((value, place) => value !== data.nothing_asked[place]);
  const learns = numbers[experience] !== 0 || s.supervision.sessions !== 0 || practice.some((hours) => hours !== 0);
  return Object.freeze({
    settings: s, protocol, own, numbers, plans, conduct, practice,
    low: Number(seed & 0xffffffffn), high: Number(seed >> 32n),
    sample: row(own.sample),
    levels: row([...ordered(s.skills), ...ordered(s.spreads), s.responsiveness, 0, data.levels.loading, data.levels.shift]),
    training: row([Number(learns), s.supervision.sessions, s.supervision.hours, ...practice]),
    address: s.policy === "usual" && !asked ? data.places.habit : 1 + Object.keys(data.policies).indexOf(s.policy),
    timetable: timetable(s.protocol, s.patients, s.spacing),
    cohorts: protocol.group > 1 ? Math.ceil(s.patients / protocol.group) : 0,
    scale: data.scales[own.primary],
  });
}

// ------------------------------------------------------------------------------------------------------ who treats whom

const ranked = (values) => Array.from(values, (_, place) => place).sort((a, b) => values[a] - values[b]); // stable
const count = (many) => Array.from({ length: many }, (_, place) => place);

function inTurn(patients, clinicians) {
  return [count(patients).map((i) => i % clinicians), count(patients).map((i) => (i + 1) % clinicians)];
}

function byLot(lots, most, sizes) {
  const places = lots[0].map(() => most), lead = [], co = [];
  lots.forEach((own, patient) => {
    const order = ranked(own), first = order.find((clinician) => places[clinician] >= sizes[patient]);
    places[first] -= sizes[patient];
    lead.push(first), co.push(first === order[0] ? order[Math.min(1, order.length - 1)] : order[0]);
  });
  return [lead, co];
}

function byAttachment(insecurity, skill) {
  const best = ranked(skill.map((own) => -own)), rank = [], many = insecurity.length, m = skill.length;
  ranked(insecurity.map((own) => -own)).forEach((patient, place) => (rank[patient] = place));
  const places = rank.map((place) => Math.floor((place * m) / many));
  return [places.map((place) => best[place]), places.map((place) => best[(place + 1) % m])];
}

function assigned(world, key, staff) {
  const { patients: n, clinicians: m, rule, caseload } = world.settings, size = world.protocol.group;
  const skill = () => count(m).map((clinician) => laws.overall(staff, clinician));
  const insecurity = () => count(n).map((patient) => laws.insecurity(patient, key, world.sample));
  const lots = () => count(n).map((patient) => count(m).map((clinician) => laws.lot(patient, clinician, key)));
  const found = (insecure, drawn, sizes) => {
    if (rule === "balanced") return inTurn(sizes.length, m);
    return rule === "random" ? byLot(drawn(), caseload, sizes) : byAttachment(insecure(), skill());
  };
  let [lead, co] = found(insecurity, lots, count(n).map(() => 1));
  if (size === 1) return [lead, co];
  const cohorts = count(world.cohorts).map((at) => cohort(at * size, n, size)), members = cohorts.map(([first, end]) => end - first);
  const mean = () => {
    const own = insecurity();
    return cohorts.map(([first, end]) => (own[first] + own.slice(first + 1, end).reduce((sum, one) => sum + one, 0)) / (end - first));
  };
  const [first, second] = found(mean, () => { const drawn = lots(); return cohorts.map(([at]) => drawn[at]); }, members);
  if (world.protocol.shares_all) (lead = count(n).map((i) => first[Math.floor(i / size)])), (co = count(n).map((i) => second[Math.floor(i / size)]));
  return [[...lead, ...first], [...co, ...second]];
}

function supervised({ share, whom }, skill) {
  const many = (clinicians) => Math.ceil(clinicians * share - 1e-9), m = skill.length;
  if (whom === "evenly") return count(m).map((clinician) => Number(many(clinician + 1) > many(clinician)));
  const order = ranked(whom === "least_skilled" ? skill : skill.map((own) => -own)), rank = [];
  order.forEach((clinician, place) => (rank[clinician] = place));
  return rank.map((place) => Number(place < many(m)));
}

// ------------------------------------------------------------------------------------------------------------ the trial

const { pair: PAIR, company: COMPANY, chosen: CHOSEN, seen: SEEN, in_treatment: IN_TREATMENT, supervised: SUPERVISED, own_choice: OWN_CHOICE } = data.places;
const sessionColumns = data.columns.sessions, ATTENDED = sessionColumns.indexOf("attended"), LEAD = sessionColumns.indexOf("lead");
const experience = sessionColumns.slice(LEAD + 1);
const BLANK = sessionColumns.map((name, place) => (/^(delivered_|perceived_|wai|skill$|cohesion$)/.test(name) || experience.includes(name) ? place : -1)).filter((place) => place >= 0);
const NOBODY = new Float64Array(data.sizes.intervention);
const rows = (many, size) => count(many).map(() => new Float64Array(size));
const table = (columns, many) => columns.map(() => new Float64Array(many).fill(NaN));
// Where a trial keeps everything; one trial after another may use it, each until the next begins.
function roomFor(world) {
  const { patients: n, clinicians: m } = world.settings, sizes = data.sizes;
  return {
    sessions: table(sessionColumns, world.timetable.sessions), assessments: table(data.columns.assessments, world.timetable.assessments),
    staff: rows(m, sizes.clinician), hired: rows(m, sizes.clinician), people: rows(n, sizes.patient), arrived: rows(n, sizes.patient), traits: rows(n, sizes.traits),
    entries: rows(n, sizes.entry), tallies: rows(n, sizes.tally), remembered: rows(n, sizes.remembered), cohorts: rows(world.cohorts, sizes.group),
  };
}
const named = (names, values) => Object.fromEntries(names.map((name, place) => [name, values[place]]));

class Trial {
  constructor(world, replicate = 0, room = roomFor(world)) {
    inside("replicate", replicate, [0, 999999], true);
    const { patients: n, clinicians: m } = world.settings, sizes = data.sizes;
    this.world = world;
    this.replicate = replicate;
    this.held = 0; // events
    this._key = row([world.low, world.high, replicate]);
    [this._staff, this._people, this._traits, this._entries] = [room.staff, room.people, room.traits, room.entries];
    [this._tallies, this._remembered, this._cohorts, this._hired, this._arrived] = [room.tallies, room.remembered, room.cohorts, room.hired, room.arrived];
    this._session = new Float64Array(sizes.under_way);
    this._session.set(row(data.alone), COMPANY);
    this._acts = row([...world.conduct, ...NAMES.map(() => 0), ...data.names.seen.map(() => 0)]);
    this._room = room;
    const key = this._key, { numbers, levels, sample, timetable, settings } = world;
    for (let clinician = 0; clinician < m; clinician++) laws.hire(this._staff, clinician, key, levels, numbers);
    if (settings.supervision.sessions > 0) {
      const skill = this._staff.map((_, clinician) => laws.overall(this._staff, clinician));
      supervised(settings.supervision, skill).forEach((taught, clinician) => (this._staff[clinician][SUPERVISED] = taught));
    }
    for (let clinician = 0; clinician < m; clinician++) this._hired[clinician].set(this._staff[clinician]);
    [this.lead, this.co] = assigned(world, key, this._staff);
    for (let i = 0; i < n; i++) {
      laws.arrive(this._people, this._traits, this._entries, this._tallies, i, timetable.enrolment[i], this.lead[i], key, sample, numbers);
      this._arrived[i].set(this._people[i]);
      this._remembered[i].fill(0);
    }
    for (let at = 0; at < world.cohorts; at++) laws.form(this._cohorts, at, key, numbers);
  }

  // The coming event, null after the last.
  peek() {
    const event = this.world.timetable.events[this.held];
    return event ? event.shown : null;
  }

  _coming() {
    return this.world.timetable.events[this.held];
  }

  // Who holds an event: the clinicians of the patient, or of the cohort.
  _holds(event) {
    return event.members.length ? this.world.settings.patients + event.cohort : event.patient;
  }

  _meets(event) { // what kernels of a session take first
    const holds = this._holds(event), { plans, numbers } = this.world, plan = plans[event.at];
    plan[DAY] = event.day;
    return [this._people, this._traits, this._tallies, this._staff, event.patient, this.lead[holds], this.co[holds], plan, event.step.code, this._session, this._key, numbers];
  }

  // What the lead clinician goes by before the coming session; null before an assessment and after the end.
  seen() {
    const event = this._coming();
    if (!event || !event.late) return null;
    laws.see(...this._meets(event), this._acts, this._remembered);
    return named(data.names.seen, this._acts.subarray(SEEN));
  }

  // Holds the coming event and returns it; with `own` shifts the lead shows so much more of each behaviour.
  next(own) {
    const event = this._coming();
    if (!event) return null;
    if (own !== undefined) this._choose(event, own);
    this._hold(event, own === undefined ? this.world.address : OWN_CHOICE);
    return event.shown;
  }

  _choose(event, own) {
    if (!event.late) refuse(`${event.step.name} is an assessment, in which no clinician acts; call next() alone.`);
    const shifts = filled("shift", own, data.defaults.after_rupture);
    NAMES.forEach((name, place) => (this._acts[CHOSEN + place] = inside(`shift.${name}`, shifts[name], [-1, 1])));
  }

  _hold(event, address) {
    const { plans, numbers, training } = this.world, { step, patient, place } = event, plan = plans[event.at], room = this._room;
    this.held += 1;
    plan[DAY] = event.day;
    if (!event.late) {
      laws.assess(this._people, this._traits, this._tallies, patient, plan, step.code, this._key, numbers, room.assessments, place);
      return;
    }
    const holds = this._holds(event), lead = this.lead[holds], co = this.co[holds], together = event.members.length > 0;
    if (together && event.opens) laws.begin_shared(this._cohorts[event.cohort], event.members, this._people, numbers, this._session);
    this._session[PAIR] = step.clinicians > 1 ? 1 : 0;
    (step.kind === 2 ? laws.dose : laws.talk)(
      this._people, this._traits, this._tallies, this._staff, patient, lead, co, plan, step.code, this._session, this._key, numbers,
      NOBODY, room.sessions, place, address, this._acts, training, this._remembered,
    );
    if (room.sessions[ATTENDED][place] < 0.5) for (const column of BLANK) room.sessions[column][place] = NaN;
    if (together && event.closes) {
      const places = event.members.map((_, before) => place - before);
      laws.end_shared(this._cohorts[event.cohort], this._staff, lead, co, plan, this._session, numbers, training, room.sessions, places);
    }
  }

  // ------------------------------------------------------------------------------------------------- what can be read

  // States of a patient by name, the alliance among them, as they are now.
  patient(i) {
    const own = this._people[i];
    return { ...named(data.names.patient, own), alliance: laws.alliance(own), enrolled: this.world.timetable.enrolment[i], lead: this.lead[i], co: this.co[i] };
  }

  traits(i) {
    return named(data.names.traits, this._traits[i]);
  }

  clinician(c) {
    return named(data.columns.clinicians, this._staff[c]);
  }

  // Columns of what was held so far, by the names of the tables that a run writes; of what is to come NaN.
  get sessions() {
    return this._columns("sessions", true);
  }

  get assessments() {
    return this._columns("assessments", false);
  }

  _columns(what, late) {
    const events = this.world.timetable.events.slice(0, this.held).filter((event) => event.late === late), enrolment = this.world.timetable.enrolment;
    const columns = this._room[what].map((column) => column.subarray(0, events.length));
    return {
      patient: events.map((event) => event.patient), day: events.map((event) => event.day),
      patient_day: events.map((event) => event.day - enrolment[event.patient]),
      phase: events.map((event) => event.step.phase), session: events.map((event) => event.step.name),
      ...named(data.columns[what], columns),
    };
  }

  // Every patient as admitted.
  get patients() {
    const enrolment = this.world.timetable.enrolment, [, states] = data.kept.states, [, traits] = data.kept.traits;
    const made = this._people.map((_, i) => [
      enrolment[i], ...traits.map((place) => this._traits[i][place]), ...this._entries[i], ...states.map((place) => this._arrived[i][place]), this.lead[i], this.co[i],
    ]);
    return named(data.columns.patients, data.columns.patients.map((_, place) => Float64Array.from(made, (own) => own[place])));
  }

  // Every clinician as hired.
  get clinicians() {
    return named(data.columns.clinicians, data.columns.clinicians.map((_, place) => Float64Array.from(this._hired, (own) => own[place])));
  }

  outcomes() {
    const many = this._tallies.length, columns = named(data.columns.outcomes, data.columns.outcomes.map(() => new Float64Array(many)));
    const own = Object.values(columns);
    for (let i = 0; i < many; i++) laws.found(this._tallies, i, this.world.numbers, own);
    columns.clinician_hours = hours(this, columns.sessions);
    return columns;
  }
}

// Hours that clinicians give to each patient: those of a pair count twice, those of a shared session once.
function hours(trial, attended) {
  const { world, lead, co } = trial, { settings: s, protocol, practice } = world, n = s.patients, size = protocol.group;
  const measuring = s.feedback ? protocol.measuring : 0, practised = practice.reduce((sum, one) => sum + one), taught = s.supervision.sessions * s.supervision.hours;
  const made = new Float64Array(n);
  protocol.steps.filter((step) => step.kind !== 0).forEach((step, before) => {
    const together = step.group > 1, present = new Float64Array(together ? world.cohorts : 0);
    for (let i = 0; together && i < n; i++) present[Math.floor(i / size)] += attended[i] > before ? 1 : 0;
    for (let i = 0; i < n; i++) {
      if (attended[i] <= before) continue;
      const at = Math.floor(i / size), holds = together && Math.min(size, n - at * size) > 1 ? n + at : i;
      let beside = practised * step.clinicians;
      if (taught !== 0) for (const whose of [lead, co].slice(0, step.clinicians)) beside += taught * trial._staff[whose[holds]][SUPERVISED];
      made[i] += (step.hours * step.clinicians + beside) * (together ? 1 / Math.max(present[at], 1) : 1) + measuring;
    }
  });
  return made;
}

// ------------------------------------------------------------------------------------------------------------ many trials

const BONDS = ["trust", "felt_empathy", "rapport"];

// Trials 0 to `replicates` - 1: outcomes of all patients, trial by trial; the mean bond by day from enrolment, over all who
// attended, and in each trial alone; `each` is handed every trial when it has ended, before the next takes its tables.
function run(world, replicates, each) {
  const { settings: s, protocol, timetable } = world, n = s.patients, room = roomFor(world);
  const days = [...new Set(protocol.steps.filter((step) => step.kind !== 0).map((step) => step.day))].sort((a, b) => a - b);
  const at = new Map(days.map((day, place) => [day, place])), sessions = timetable.events.filter((event) => event.late);
  const places = sessions.map((event) => at.get(event.day - timetable.enrolment[event.patient]));
  const outcomes = named(data.columns.outcomes, data.columns.outcomes.map(() => new Float64Array(n * replicates)));
  const bonds = named(BONDS, BONDS.map(() => ({ mean: new Float64Array(days.length), trials: days.map(() => new Float64Array(replicates)) })));
  const columns = BONDS.map((name) => room.sessions[sessionColumns.indexOf(name)]), here = room.sessions[ATTENDED];
  const all = new Float64Array(days.length);
  for (let replicate = 0; replicate < replicates; replicate++) {
    const trial = new Trial(world, replicate, room), events = timetable.events;
    for (let place = 0; place < events.length; place++) trial._hold(events[place], world.address);
    const found = trial.outcomes(), present = new Float64Array(days.length);
    for (const name of data.columns.outcomes) outcomes[name].set(found[name], replicate * n);
    for (let place = 0; place < places.length; place++) present[places[place]] += here[place];
    BONDS.forEach((name, bond) => {
      const sums = new Float64Array(days.length), own = columns[bond]; // in the order of the timetable
      for (let place = 0; place < places.length; place++) if (here[place] > 0.5) sums[places[place]] += own[place];
      days.forEach((_, day) => {
        bonds[name].trials[day][replicate] = sums[day] / present[day];
        bonds[name].mean[day] += sums[day];
      });
    });
    days.forEach((_, day) => (all[day] += present[day]));
    if (each) each(trial);
  }
  for (const name of BONDS) days.forEach((_, day) => (bonds[name].mean[day] /= all[day]));
  return { patients: n, replicates, outcomes, days, bonds };
}

return Object.freeze({
  world, run, data,
  trial: (world, replicate) => new Trial(world, replicate),
  protocols: data.protocols, conditions: data.conditions, policies: data.policies, maths: laws, forget: laws.forget,
});
})(ALLIANCE_LAWS, ALLIANCE_DATA);
if (typeof module !== "undefined") module.exports = Alliance;
