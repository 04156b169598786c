// What ties the page together: the form is the state, the state is the link, the link is what the server is asked.

import * as figures from "./figures.js";
import * as text from "./text.js";
import { Live } from "./live.js";

const setup = JSON.parse(document.getElementById("setup").textContent);
const form = document.getElementById("controls");
const refused = document.getElementById("refused");
const WAIT = 60; // milliseconds between questions while a slider is dragged
const LINK_WAIT = 300; // and between two writings of the address, which browsers ration
const latest = {}; // the newest answer of each kind
let timer = 0;
let linkTimer = 0;
let address = ""; // where this session asks
let asking = 0; // number of the latest question
let waiting = new AbortController(); // for its answer

const value = (name) => form.elements[name].value;

// ---------------------------------------------------------------------------------------- state and link

function query() {
  const changed = new URLSearchParams();
  const same = (one, other) => one === other || Number(one) === Number(other);
  for (const [name, usual] of Object.entries(setup.defaults)) if (!same(value(name), usual)) changed.set(name, value(name));
  return changed.toString();
}

function fill(search) {
  const given = new URLSearchParams(search);
  for (const name of Object.keys(setup.defaults)) form.elements[name].value = given.get(name) ?? setup.defaults[name];
  show();
}

function show() {
  for (const place of document.querySelectorAll("output[data-of]")) place.textContent = words(place.dataset.of);
  const page = value("page");
  for (const part of document.querySelectorAll("[data-on]")) part.hidden = part.dataset.on !== page;
  for (const button of document.querySelectorAll("[data-page]")) mark(button, button.dataset.page === page);
  for (const part of document.querySelectorAll("[data-of-lesson]")) part.hidden = part.dataset.ofLesson !== value("lesson");
  for (const button of document.querySelectorAll("[data-lesson]")) mark(button, button.dataset.lesson === value("lesson"));
  for (const select of document.querySelectorAll("[data-preset]")) select.value = preset(select.dataset.preset);
  for (const part of document.querySelectorAll("[data-setting]")) part.textContent = setting();
  form.elements.dose.disabled = !setup.protocols[value("protocol")].doses.length;
  form.elements.patient.max = Number(value("patients")) - 1;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = value("theme") === "auto" ? (dark ? "dark" : "light") : value("theme");
}

function mark(button, current) {
  if (current) button.setAttribute("aria-current", "page");
  else button.removeAttribute("aria-current");
}

function words(name) {
  const chosen = value(name);
  if (name === "dose") return dose();
  if (name === "spacing") return chosen === "0" ? "all on one day" : chosen === "1" ? "day" : `${chosen} days`;
  return name.startsWith("a.") || name.startsWith("b.") ? (name.endsWith("caseload") ? chosen : Number(chosen).toFixed(2)) : chosen;
}

function dose() {
  const plan = setup.protocols[value("protocol")];
  if (!plan.doses.length) return "no drug";
  const given = plan.doses.map((one) => Number(((one * value("dose")) / 100).toPrecision(3)));
  return `${given.join(", ")} ${plan.unit} (${value("dose")} %)`;
}

function preset(arm) {
  const same = (clinic) => Object.entries(clinic).every(([name, level]) => Number(value(`${arm}.${name}`)) === level);
  return Object.keys(setup.presets).find((name) => same(setup.presets[name])) ?? "";
}

function setting() {
  const plan = form.elements.protocol.selectedOptions[0]?.text ?? "";
  const named = (arm) => preset(arm) || "own settings";
  return `A: ${named("a")}. B: ${named("b")}. ${plan}, ${dose()}, ${value("patients")} patients. Change them under Compare.`;
}

// ------------------------------------------------------------------------------------------------ asking

// Answers that come after a newer question was asked are dropped.
async function ask(search) {
  if (!address) return;
  asking += 1;
  const number = asking;
  waiting.abort();
  waiting = new AbortController();
  try {
    const answer = await fetch(`${address}&${new URLSearchParams({ link: search })}`, { signal: waiting.signal });
    if (number !== asking || answer.status === 204) return;
    if (!answer.ok) throw new Error(`the classroom answered ${answer.status}`);
    take(await answer.json(), search);
  } catch (error) {
    if (number === asking && !document.body.classList.contains("gone")) refuse(`No answer (${error.message}). Load this page again.`);
  }
}

function take(content, search) {
  if (content.kind === "refused") refuse(content.text);
  else {
    latest[content.kind] = content;
    refused.hidden = true;
    draw();
  }
  document.documentElement.dataset.asked = search;
}

function refuse(text) {
  refused.firstElementChild.textContent = text;
  refused.hidden = false;
}

function changed(push) {
  show();
  clearTimeout(linkTimer);
  const write = () => history.replaceState(null, "", `?${query()}`);
  if (push) history.pushState(null, "", `?${query()}`);
  else linkTimer = setTimeout(write, LINK_WAIT);
  if (!timer) {
    timer = setTimeout(() => {
      timer = 0;
      ask(query());
    }, WAIT);
  }
}

function go(search) {
  const kept = ["theme", "lesson"].map((name) => [name, value(name)]);
  fill(search);
  for (const [name, chosen] of kept) form.elements[name].value = chosen;
  changed(true);
  document.getElementById("main").focus();
  scrollTo(0, 0);
}

const live = new Live((day, agent) => {
  form.elements.day.value = day;
  form.elements.agent.value = agent;
  clearTimeout(linkTimer);
  linkTimer = setTimeout(() => history.replaceState(null, "", `?${query()}`), LINK_WAIT);
});

function draw() {
  const page = value("page");
  const content = latest[page];
  if (!content) return;
  if (page === "compare") {
    text.compare(content);
    figures.course(document.getElementById("course"), content);
    figures.outcomes(document.getElementById("outcomes"), content);
  } else if (page === "patient") {
    text.patient(content);
    figures.dots(document.getElementById("dots"), content, content.patient, (chosen) => {
      form.elements.patient.value = chosen;
      changed(false);
    });
    figures.inner(document.getElementById("inner"), content);
  } else if (page === "live") {
    live.show(content, Number(value("day")), value("agent"));
  } else {
    figures.bars(text.evidence(content), content.figure);
  }
}

// ------------------------------------------------------------------------------------------------ events

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", (event) => {
  if (!event.target.name || (event.target.type === "text" && !event.target.value)) return;
  if (event.target.name === "patients" && Number(value("patient")) >= Number(value("patients"))) {
    form.elements.patient.value = Number(value("patients")) - 1;
  }
  if (event.target.name === "arm") form.elements.day.value = 0;
  changed(false);
  if (event.target.name === "theme") draw();
});
for (const select of document.querySelectorAll("[data-preset]")) {
  select.addEventListener("change", () => {
    for (const [name, level] of Object.entries(setup.presets[select.value] ?? {})) {
      form.elements[`${select.dataset.preset}.${name}`].value = level;
    }
    changed(false);
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { page, lesson, go: setting, step, by, copy, save } = button.dataset;
  if (page || lesson) {
    form.elements.page.value = page ?? "lessons";
    if (lesson) form.elements.lesson.value = lesson;
    changed(true);
    draw();
  } else if (setting !== undefined) go(setting);
  else if (step === "day") live.step(Number(by));
  else if (step) {
    const field = form.elements[step];
    field.value = Math.min(field.max, Math.max(field.min, Number(field.value) + Number(by)));
    changed(false);
  } else if (copy) copied(copy);
  else if (save === "csv") text.csv(latest.compare);
  else if (save) figures.save(save);
});

async function copied(what) {
  const line = document.getElementById("line");
  const text = what === "link" ? `${location.origin}${location.pathname}?${query()}` : line.value;
  const done = document.getElementById("done");
  try {
    await navigator.clipboard.writeText(text);
    done.textContent = "Copied.";
  } catch {
    line.select(); // without a secure address browsers allow no copying: leave it to the keyboard
    done.textContent = what === "link" ? text : "Selected: press Ctrl+C.";
  }
}

addEventListener("popstate", () => {
  fill(location.search);
  ask(query());
  draw();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  show();
  draw();
});
let width = innerWidth;
addEventListener("resize", () => {
  if (width !== innerWidth) draw();
  width = innerWidth;
});

// ---------------------------------------------------------------------------------------------- connection

Shiny.addCustomMessageHandler("address", (content) => {
  address = content.path;
  if (address) ask(location.search.slice(1)); // as it was typed, so that the server can refuse what a slider would bend
  else refuse(content.refused);
});

fill(location.search);
$(document).on("shiny:disconnected", () => {
  document.body.classList.add("gone");
  if (refused.hidden) refuse("The connection to the classroom is lost. Load this page again.");
});
