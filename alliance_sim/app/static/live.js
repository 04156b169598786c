// A small trial as a network in time: who meets whom, how strong each bond is, and where it tears.

const NS = "http://www.w3.org/2000/svg";
const SIZE = 640; // of the picture, in its own units
const MIDDLE = SIZE / 2;
const RINGS = { clinician: 105, patient: 265 };
const THICKEST = 14; // of a tie at bond 1
const BEAT = 900; // milliseconds a day of play

function draw(tag, attributes, ...children) {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function round(radius, at, count) {
  const turn = (2 * Math.PI * at) / count - Math.PI / 2;
  return [MIDDLE + radius * Math.cos(turn), MIDDLE + radius * Math.sin(turn)];
}

export class Live {
  constructor(moved) {
    this.moved = moved;
    this.playing = 0;
    this.at = 0;
    this.chosen = "";
    this.play = document.getElementById("play");
    this.days = document.getElementById("days");
    this.play.addEventListener("click", () => this.toggle());
    this.days.addEventListener("input", (event) => {
      event.stopPropagation();
      this.to(Number(this.days.value));
    });
  }

  show(content, day, agent) {
    if (this.content === content && content.frames[this.at].day === day && this.chosen === agent) return;
    this.chosen = agent;
    const read = ([phase, treated, alliance, ...levels]) => ({
      phase, treated, alliance, here: phase !== "not enrolled",
      states: Object.fromEntries(content.states.map((name, at) => [name, levels[at]])),
    });
    this.content = content;
    this.people = content.frames.map((frame) => frame.patients.map(read));
    this.days.max = content.frames.length - 1;
    const found = content.frames.findLastIndex((frame) => frame.day <= day);
    this.place();
    this.to(Math.max(0, found), false);
  }

  toggle() {
    clearInterval(this.playing);
    if (this.playing) this.playing = 0;
    else {
      if (this.at >= this.content.frames.length - 1) this.at = -1;
      this.playing = setInterval(() => this.step(1, true), BEAT);
    }
    this.play.textContent = this.playing ? "Pause" : "Play";
  }

  step(by, itself = false) {
    const last = this.content.frames.length - 1;
    if (this.playing && (!itself || this.at >= last)) this.toggle();
    this.to(Math.min(last, Math.max(0, this.at + by)));
  }

  to(at, notify = true) {
    this.at = at;
    this.days.value = at;
    const frame = this.content.frames[at];
    document.getElementById("today").textContent = frame.day;
    this.days.setAttribute("aria-valuetext", `day ${frame.day}`);
    this.paint(frame);
    if (notify) this.moved(frame.day, this.chosen);
  }

  // Lay everyone out once: clinicians inside, each patient outside near the one who leads.
  place() {
    const { clinicians, leads } = this.content;
    const order = leads.map((lead, patient) => [lead, patient]).sort((x, y) => x[0] - y[0] || x[1] - y[1]);
    this.where = { patient: [], clinician: [] };
    order.forEach(([, patient], at) => {
      this.where.patient[patient] = round(RINGS.patient, at + 0.5, leads.length);
    });
    for (let number = 0; number < clinicians; number += 1) {
      const own = order.map(([lead], at) => (lead === number ? at + 0.5 : null)).filter((at) => at !== null);
      const middle = own.reduce((sum, at) => sum + at, 0) / (own.length || 1);
      this.where.clinician[number] = round(RINGS.clinician, own.length ? middle : number, leads.length);
    }
  }

  paint(frame) {
    const ties = this.content.leads.map((lead, patient) => this.tie(frame, patient, lead)).flat();
    const people = this.content.leads.map((_, patient) => this.person(frame, patient));
    const staff = frame.fatigue.map((fatigue, number) => this.clinician(fatigue, number));
    const focused = document.activeElement?.getAttribute?.("data-who");
    const picture = draw("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, role: "group",
      "aria-label": `Clinicians and patients on day ${frame.day}` }, ...ties, ...people, ...staff);
    document.getElementById("network").replaceChildren(picture);
    if (focused) picture.querySelector(`[data-who="${focused}"]`)?.focus();
    this.describe(frame);
    this.states(frame);
  }

  tie(frame, patient, lead) {
    const [x1, y1] = this.where.clinician[lead];
    const [x2, y2] = this.where.patient[patient];
    const now = this.people[this.at][patient];
    if (!now.here) return [];
    const today = frame.events.find((event) => event.patient === patient);
    const width = Math.max(1, THICKEST * now.alliance);
    const made = [draw("line", { x1, y1, x2, y2, stroke: "var(--soft)", "stroke-width": width, "stroke-linecap": "round",
      opacity: now.treated ? 0.75 : 0.2 })];
    const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
    if (today?.rupture && !today.repaired) {
      const across = [(y2 - y1), -(x2 - x1)].map((part) => (part * 14) / Math.hypot(x2 - x1, y2 - y1));
      made.push(draw("circle", { cx: x, cy: y, r: 13, fill: "var(--paper)" }));
      made.push(draw("line", { x1: x - across[0], y1: y - across[1], x2: x + across[0], y2: y + across[1],
        stroke: "var(--warn)", "stroke-width": 6 }));
    } else if (today?.rupture) {
      made.push(draw("circle", { cx: x, cy: y, r: 9, fill: "var(--paper)", stroke: "var(--good)", "stroke-width": 5 }));
    }
    return made;
  }

  person(frame, patient) {
    const [cx, cy] = this.where.patient[patient];
    const now = this.people[this.at][patient];
    const today = frame.events.find((event) => event.patient === patient);
    const gone = !now.treated;
    const ring = today?.dosing ? "var(--pick)" : "var(--ink)";
    return this.node(`patient-${patient}`, `Patient ${patient}, ${now.phase}, bond ${now.alliance.toFixed(2)}`,
      draw("circle", { cx, cy, r: 20, fill: "var(--paper)", stroke: ring, "stroke-width": today ? 5 : 2,
        "stroke-opacity": gone ? 0.35 : 1 }),
      draw("text", { x: cx, y: cy, opacity: gone ? 0.6 : 1 }, `P${patient}`));
  }

  clinician(fatigue, number) {
    const [x, y] = this.where.clinician[number];
    const arm = this.content.arm;
    return this.node(`clinician-${number}`, `Clinician ${number}, fatigue ${fatigue.toFixed(2)}`,
      draw("rect", { x: x - 23, y: y - 19, width: 46, height: 38, rx: 6, fill: "var(--paper)", stroke: `var(--${arm})`,
        "stroke-width": 4 }),
      draw("text", { x, y }, `C${number}`));
  }

  node(who, label, ...shapes) {
    const made = draw("g", { class: "node", tabindex: "0", role: "button", "aria-label": label, "data-who": who,
      "aria-pressed": this.chosen === who }, ...shapes);
    const choose = () => {
      this.chosen = who;
      this.to(this.at);
    };
    made.addEventListener("click", choose);
    made.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose();
    });
    return made;
  }

  describe(frame) {
    const items = frame.events.map((event) => {
      const item = document.createElement("li");
      item.textContent = event.text;
      return item;
    });
    document.getElementById("events").replaceChildren(...items);
  }

  states(frame) {
    const title = document.getElementById("agent-name");
    const place = document.getElementById("agent");
    if (!this.chosen) return;
    const [kind, number] = this.chosen.split("-");
    const patient = kind === "patient";
    const now = patient ? this.people[this.at][number] : this.content.skills;
    if (now === undefined || (!patient && frame.fatigue[number] === undefined)) return;
    const rows = patient ? { bond: now.alliance, ...now.states } : { ...now, fatigue: frame.fatigue[number] };
    title.textContent = patient ? `Patient ${number}: ${now.phase}` : `Clinician ${number}`;
    place.replaceChildren(...Object.entries(rows).map(([name, level]) => {
      const row = document.createElement("div");
      row.className = "state";
      const word = document.createElement("span");
      word.textContent = name.replaceAll("_", " ");
      const track = document.createElement("div");
      track.className = "track";
      const bar = document.createElement("div");
      bar.className = `bar ${this.content.arm}`;
      bar.style.width = `${100 * Math.min(1, level)}%`;
      track.append(bar);
      const shown = document.createElement("output");
      shown.textContent = level.toFixed(2);
      row.append(word, track, shown);
      return row;
    }));
  }
}
