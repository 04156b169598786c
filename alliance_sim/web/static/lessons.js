// Ten lessons: a question, one's own guess, the answer beside it, why, what to try; and the sheets to print.
(() => {
  "use strict";
  const { make } = Page;
  const { SETUP } = State;
  const LESSONS = JSON.parse(document.getElementById("lessons").textContent);
  const LAYOUTS = Object.fromEntries(LESSONS.map(({ guess }, at) => [at + 1, asked(guess).map(() => levels(guess))]));
  const SHEETS = { worksheet: "Worksheet", teacher: "Teacher's page" };
  const HOUR = [["Question, and everybody's own guess", 0.2], ["The answer, how far off, the class's guesses", 0.2], ["Why", 0.15], ["What to try, in pairs", 0.25], ["Questions of the worksheet", 0.2]];
  const at = {};
  let panel = null; // of the lesson that is open

  // ---------------------------------------------------------------------------------------------------- numbers

  function asked({ kind, bars, answers, answer }) {
    return kind === "bars" ? bars.map((bar) => bar.answer) : kind === "line" ? answers : [answer];
  }

  function levels({ low, high, step }) {
    return Math.round((high - low) / step) + 1;
  }

  const trimmed = (value) => Number(value.toFixed(6));
  const level = ({ low, step }, value) => Math.round((value - low) / step);
  const valueOf = ({ low, step }, one) => trimmed(low + one * step);
  const places = (step) => (Number.isInteger(step) ? 0 : step * 10 % 1 ? 2 : 1);

  function figure({ value, error }, sign = false) {
    if (error === null) return Numbers.number(value, Number.isInteger(value) ? 0 : 1);
    return error > 0 ? Numbers.shown(value, error, { sign }) : Numbers.number(value, 2);
  }

  // A number with its unit; % stands after it, and so do words. A difference within two of its errors says so.
  function withUnit(number) {
    return [figure(number), number.unit, number.chance ? "([may be chance](chance))" : ""].filter(Boolean).join(" ");
  }

  // A text of a lesson with its numbers in, as `Words.text` takes it.
  function filled(lesson, text) {
    const held = { trials: { value: SETUP.trials, error: null, unit: "" }, patients: { value: lesson.start.set.patients, error: null, unit: "" } };
    return text.replace(/\{\{(\w+)\}\}/g, (_, name) => withUnit(lesson.numbers[name] ?? held[name]))
      .replace(/\[\[([^\]|]+)(?:\|([^\]]+))?\]\]/g, (_, term, shown) => `[${shown ?? term}](${Words.terms.includes(term) ? term : term.toLowerCase()})`);
  }

  const rich = (lesson, text) => Words.text(filled(lesson, text));
  const plain = (lesson, text) => filled(lesson, text).replace(/\[([^\]]+)\](?:\([^)]+\))?/g, "$1");
  const number = (lesson) => LESSONS.indexOf(lesson) + 1;
  const named = (state) => LESSONS[Number(state.lesson) - 1] ?? null;

  // The guess that a link holds, if it is one of this lesson.
  function guessOf(lesson, state) {
    try {
      const { kind, numbers } = Codes.read(state.guess, LAYOUTS);
      return kind === number(lesson) ? numbers.map((one) => valueOf(lesson.guess, one)) : null;
    } catch {
      return null;
    }
  }

  const codeOf = (lesson, values) => Codes.write(number(lesson), values.map((value) => level(lesson.guess, value)), LAYOUTS[number(lesson)]);

  // ------------------------------------------------------------------------------------------------- the guess

  const NAMES = { bars: ({ bars }) => bars.map((bar) => bar.name), line: ({ days }) => days.map((day) => `day ${day}`), number: ({ label }) => [label] };
  const namesOf = (guess) => NAMES[guess.kind](guess);

  // The drawing in which a guess is made: {values(), show(values, answers?)}.
  function board(lesson, place, begun) {
    const { guess } = lesson, { low, high, step, label } = guess, middle = valueOf(guess, Math.round((levels(guess) - 1) / 2));
    const start = begun ?? asked(guess).map(() => (low < 0 ? 0 : middle));
    const said = (value) => Numbers.number(value, places(step)); // its unit stands above the picture
    const answers = asked(guess).map((name) => lesson.numbers[name]);
    if (guess.kind === "line") {
      const { beside } = guess, other = beside ? { name: `${beside.name}, simulated`, short: beside.name, arm: "a", days: guess.days, values: beside.answers.map((name) => lesson.numbers[name].value) } : null;
      const made = Draw.guessLine(place, { days: guess.days, value: start, y: [low, high], step, label, said, xLabel: "day of the trial", beside: other ? [other] : [] });
      return { values: () => made.value, reveal: () => made.reveal({ name: "B, simulated", short: "B", arm: "b", values: answers.map((one) => one.value),
        low: answers.map((one) => one.value - 2 * one.error), high: answers.map((one) => one.value + 2 * one.error) }) };
    }
    if (guess.kind === "number") {
      const made = Draw.guessNumber(place, { value: start[0], low, high, step, label, said });
      return { values: () => [made.value], reveal: () => made.reveal({ value: answers[0].value, error: answers[0].error ?? undefined, name: "simulated" }) };
    }
    const made = Draw.guessBars(place, { bars: guess.bars.map((bar, one) => ({ name: bar.name, short: "sim", arm: bar.arm, value: start[one] })), y: [low, high], step, label, said });
    return { values: () => made.value, reveal: () => made.reveal(answers.map((one) => ({ value: one.value, error: one.error ?? undefined, text: figure(one) }))) };
  }

  // How far off, in words: what was guessed, what came out, by how much.
  function offs(lesson, values) {
    const { guess } = lesson;
    return asked(guess).map((name, one) => {
      const answer = lesson.numbers[name], off = values[one] - answer.value, near = Math.abs(off) <= Math.max(2 * (answer.error ?? 0), guess.step);
      const how = near ? "as close as it gets" : `${Numbers.number(Math.abs(off), places(guess.step))} too ${off > 0 ? "high" : "low"}`;
      const title = guess.kind === "number" ? "" : `${namesOf(guess)[one]}: `;
      return `${title}you ${Numbers.number(values[one], places(guess.step))}, simulated ${figure(answer)}: ${how}`;
    });
  }

  // ------------------------------------------------------------------------------------------------- the panel

  // What a lesson is made of; `arranged` puts it into the screen, or beside the sliders.
  function built(lesson, state) {
    const own = { lesson, guess: guessOf(lesson, state), open: state.step > 0 };
    const place = make("div", { class: "guess-board" });
    const head = make("div", { class: "lesson-head" },
      make("p", { class: "note", text: `Lesson ${number(lesson)} of ${LESSONS.length} · about ${lesson.minutes} minutes` }), make("h2", { tabindex: "-1", text: lesson.title }));
    const question = make("section", {}, make("h3", { text: "The question" }), make("p", { class: "question" }, rich(lesson, lesson.question)));
    const hint = own.open ? null : make("p", { class: "note", text: "Drag in the picture, or move with the arrow keys. Nobody marks a guess; it only makes you notice what you expected." });
    const buttons = own.open ? [make("button", { type: "button", text: "Guess again", onclick: () => State.set({ step: 0, guess: "" }) })]
      : [make("button", { type: "button", class: "main", text: "This is my guess", onclick: () => handedIn(panel.board.values()) }),
        make("button", { type: "button", text: "Show the answer without a guess", onclick: () => State.set({ step: 1, guess: "" }) })];
    const guessing = make("section", { class: "own-guess" }, make("h3", { text: own.open ? "Your guess and the answer" : "Your guess" }), hint,
      lesson.guess.kind === "line" ? null : make("p", { class: "what", text: `${lesson.guess.label}${lesson.guess.unit ? ` (${lesson.guess.unit})` : ""}` }), place);
    if (!own.open) guessing.append(make("div", { class: "buttons" }, buttons));
    Object.assign(own, { head, question, guessing, place });
    if (own.open) Object.assign(own, opened(lesson, own, buttons));
    own.tryButtons ??= [];
    own.node = make("article", { class: "lesson", "aria-label": `Lesson ${number(lesson)}` });
    return own;
  }

  function handedIn(values) {
    State.set({ step: 1, guess: codeOf(panel.lesson, values) });
  }

  function opened(lesson, own, buttons) {
    const { guess } = lesson;
    const off = own.guess ? make("ul", { class: "off" }, offs(lesson, own.guess).map((text) => make("li", { text }))) : make("p", { class: "note", text: "Shown without a guess of your own." });
    const answer = make("section", { class: "answer" }, make("h3", { tabindex: "-1", class: "answer-head", text: "What comes out" }), make("p", {}, rich(lesson, lesson.reveal)), off,
      make("p", { class: "note" }, Words.text(`± is one [Monte Carlo error](error): how much a number would differ with other dice. ${SETUP.trials} [trials](trial) of each clinician.`)),
      make("div", { class: "buttons" }, buttons));
    const why = make("section", {}, make("h3", { text: "Why" }), lesson.why.map((text) => make("p", {}, rich(lesson, text))));
    const repeated = JSON.stringify(lesson.start.set) === JSON.stringify(lesson.tries[0].set);
    const tryButtons = [...(repeated ? [] : [{ text: "The two clinicians of the question", set: lesson.start.set }]), ...lesson.tries].map((one) => (
      { one, button: make("button", { type: "button", text: one.set.screen === "compare" ? "Set this" : `Set this, on “${SCREEN[one.set.screen]}”`, onclick: () => State.set(one.set) }) }));
    const tries = make("section", { class: "tries" }, make("h3", { text: "Try it" }),
      make("ol", {}, tryButtons.map(({ one, button }, place) => {
        const text = make("p", {}, rich(lesson, one.text));
        text.id = `try-${place}`;
        button.setAttribute("aria-describedby", text.id);
        return make("li", {}, text, button);
      })));
    const [low, high] = [guess.low, guess.high];
    const klass = make("section", {}, make("h3", { text: "The class" }), Class.panel({
      key: `lesson-${number(lesson)}`, kind: number(lesson), layouts: LAYOUTS, code: own.guess ? State.get().guess : "", low, high, unit: guess.unit, label: guess.label, what: "guesses", legend: "A dot for each guess; the line is what comes out, with its error; the ring is yours.",
      write: (value) => Numbers.number(value, places(guess.step)),
      rows: asked(guess).map((name, one) => ({ name: namesOf(guess)[one], arm: guess.bars[one]?.arm ?? "b", answer: lesson.numbers[name].value, error: lesson.numbers[name].error,
        said: figure(lesson.numbers[name]), own: own.guess?.[one], of: (numbers) => valueOf(guess, numbers[one]) })),
    }));
    const questions = make("section", {}, make("h3", { text: "Questions to talk about" }), make("ol", {}, lesson.questions.map((one) => make("li", {}, rich(lesson, one.ask)))));
    return { answer, why, tries, tryButtons, klass, questions };
  }

  const SCREEN = { patient: "One patient", live: "Live", play: "Play", compare: "Start" };

  function arranged(docked) {
    const { lesson, node, head, question, guessing, answer, why, tries, klass, questions } = panel;
    const sheets = make("div", { class: "buttons" }, Object.entries(SHEETS).map(([sheet, text]) => make("button", { type: "button", text: `${text} to print`, onclick: () => State.set({ screen: "lessons", sheet }) })));
    const leave = docked ? make("div", { class: "buttons" }, make("button", { type: "button", text: "Whole lesson", onclick: () => State.set({ screen: "lessons" }) }),
      make("button", { type: "button", text: "Close the lesson", onclick: () => State.set({ lesson: "", step: 0, guess: "" }) })) : null;
    const whole = [question, guessing, answer, why].filter(Boolean);
    if (docked && tries) node.replaceChildren(head, leave, tries, make("details", {}, make("summary", { text: "Question, answer and why" }), ...whole));
    else if (docked) node.replaceChildren(head, leave, ...whole);
    else node.replaceChildren(make("div", { class: "buttons" }, make("button", { type: "button", text: "← All lessons", onclick: () => State.set({ lesson: "", step: 0, guess: "" }) })),
      head, ...whole, ...[tries, klass, questions].filter(Boolean), sheets, ...onward(lesson));
    node.classList.toggle("in-dock", docked);
  }

  function onward(lesson) {
    const next = LESSONS[number(lesson)];
    return next && panel.open ? [make("div", { class: "buttons" }, make("button", { type: "button", class: "main", text: `Next: ${next.title} →`, onclick: () => go(number(lesson) + 1) }))] : [];
  }

  function go(which) {
    State.set({ screen: "lessons", lesson: String(which), step: 0, guess: "", sheet: "" });
    scrollTo(0, 0);
  }

  // The panel of the state's lesson, made anew where the lesson, its step or its guess changed.
  function current(state) {
    const lesson = named(state), tag = `${state.lesson} ${state.step} ${state.guess}`;
    if (!lesson) {
      panel = null;
      return null;
    }
    if (panel?.tag === tag) return panel;
    const before = panel;
    panel = built(lesson, state);
    panel.tag = tag;
    panel.fresh = true;
    panel.opening = before?.lesson === lesson && !before.open && panel.open;
    return panel;
  }

  // Once it stands in the page: draw the guess, which needs to know its width; say what opened.
  function settled() {
    if (!panel.fresh) return;
    panel.fresh = false;
    panel.board = board(panel.lesson, panel.place, panel.guess);
    if (panel.open) panel.board.reveal();
    if (panel.open && !panel.guess) panel.place.classList.add("no-guess");
    if (!panel.opening) return;
    panel.answer.querySelector("h3").focus({ preventScroll: true });
    Page.say(panel.guess ? offs(panel.lesson, panel.guess).join(". ") : plain(panel.lesson, panel.lesson.reveal));
    panel.guessing.scrollIntoView({ block: "nearest" });
  }

  // --------------------------------------------------------------------------------------------------- the sheets

  const PICTURE = { bars: emptyBars, number: emptyBars, line: emptyLine };

  function emptyAxis(x, top, { low, high, unit }, bottom) {
    return Draw.ticks(low, high, 8).flatMap((value) => [Draw.node("line", { x1: x(value), x2: x(value), y1: top, y2: bottom, class: "grid" }),
      Draw.node("text", { x: x(value), y: bottom + 16, class: "tick", "text-anchor": "middle" }, `${Numbers.number(value, Number.isInteger(value) ? 0 : 1)}`)])
      .concat(Draw.node("text", { x: 320, y: bottom + 34, class: "name", "text-anchor": "middle" }, unit));
  }

  function emptyBars(lesson) {
    const { guess } = lesson, rows = namesOf(guess), x = Draw.linear(guess.low, guess.high, 14, 626), high = rows.length * 52 + 4;
    const svg = Draw.node("svg", { viewBox: `0 0 640 ${high + 42}`, role: "img", "aria-label": `An empty picture: ${guess.label}` });
    svg.append(...emptyAxis(x, 2, guess, high));
    rows.forEach((name, at) => svg.append(Draw.node("text", { x: 16, y: at * 52 + 17, class: "name" }, name), Draw.node("rect", { x: 14, y: at * 52 + 24, width: 612, height: 24, class: "empty" })));
    return svg;
  }

  function emptyLine(lesson) {
    const { guess } = lesson, { days, low, high } = guess, x = Draw.linear(0, days.at(-1) + days[0], 44, 620), y = Draw.linear(low, high, 280, 14);
    const svg = Draw.node("svg", { viewBox: "0 0 640 322", role: "img", "aria-label": `An empty picture: ${guess.label}` });
    for (const value of Draw.ticks(low, high, 5)) svg.append(Draw.node("line", { x1: 44, x2: 620, y1: y(value), y2: y(value), class: "grid" }), Draw.node("text", { x: 36, y: y(value) + 4, class: "tick", "text-anchor": "end" }, Numbers.number(value, 1)));
    for (const day of days) svg.append(Draw.node("line", { x1: x(day), x2: x(day), y1: 14, y2: 280, class: "grid" }), Draw.node("text", { x: x(day), y: 298, class: "tick", "text-anchor": "middle" }, String(day)));
    svg.append(Draw.node("text", { x: 330, y: 317, class: "name", "text-anchor": "middle" }, "day of the trial"));
    if (guess.beside) {
      const points = guess.beside.answers.map((name, one) => [x(days[one]), y(lesson.numbers[name].value)]);
      svg.append(Draw.node("g", { class: "series arm-a" }, Draw.node("polyline", { class: "line", points: points.map((one) => one.join(",")).join(" ") })), Draw.node("text", { x: points.at(-1)[0] + 10, y: points.at(-1)[1] + 4, class: "end arm-a" }, guess.beside.name));
    }
    return svg;
  }

  const lines = (count) => make("div", { class: "ruled", "aria-hidden": "true" }, Array.from({ length: count }, () => make("div")));

  function worksheet(lesson) {
    const { guess } = lesson;
    return [make("p", { class: "names" }, make("span", { text: "Name" }), make("span", { text: "Date" })),
      make("h3", { text: "After this lesson you can" }), make("ul", {}, lesson.aims.map((text) => make("li", { text: plain(lesson, text) }))),
      make("h3", { text: "The question" }), make("p", { text: plain(lesson, lesson.question) }),
      make("h3", { text: `Draw your guess: ${guess.label[0].toLowerCase()}${guess.label.slice(1)}` }), make("div", { class: "drawing empty-picture" }, PICTURE[guess.kind](lesson)),
      make("p", { text: "When the answer is shown, draw it into the same picture in another colour. How far off were you, and what did you not expect?" }), lines(2),
      make("h3", { text: "Questions" }), make("ol", { class: "asked" }, lesson.questions.map((one) => make("li", {}, make("p", { text: plain(lesson, one.ask) }), lines(2))))];
  }

  function teacher(lesson) {
    const { guess } = lesson, rest = HOUR.slice(0, -1).map(([, share]) => Math.round(share * lesson.minutes));
    const minutes = [...rest, lesson.minutes - rest.reduce((sum, one) => sum + one, 0)];
    return [make("p", { text: `About ${lesson.minutes} minutes: ${HOUR.map(([what], place) => `${what[0].toLowerCase()}${what.slice(1)} (${minutes[place]})`).join("; ")}.` }),
      make("h3", { text: "Aims" }), make("ul", {}, lesson.aims.map((text) => make("li", { text: plain(lesson, text) }))),
      make("h3", { text: "The question" }), make("p", { text: plain(lesson, lesson.question) }),
      make("h3", { text: "The answer" }),
      make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col", text: guess.label }), make("th", { scope: "col", text: guess.unit || "simulated" }))),
        make("tbody", {}, asked(guess).map((name, one) => make("tr", {}, make("th", { scope: "row", text: guess.kind === "number" ? "simulated" : namesOf(guess)[one] }), make("td", { text: figure(lesson.numbers[name]) }))))),
      make("p", { text: plain(lesson, lesson.reveal) }),
      make("h3", { text: "Why" }), lesson.why.map((text) => make("p", { text: plain(lesson, text) })),
      make("h3", { text: "What to try" }), make("ol", {}, lesson.tries.map((one) => make("li", { text: plain(lesson, one.text) }))),
      make("h3", { text: "What students often believe" }), make("ul", { class: "beliefs" }, lesson.teacher.beliefs.map((one) => make("li", {}, make("em", { text: plain(lesson, one.wrong) }), ` ${plain(lesson, one.right)}`))),
      make("h3", { text: "Questions and answers" }), make("ol", {}, lesson.questions.map((one) => make("li", {}, make("p", { text: plain(lesson, one.ask) }), make("p", { class: "reply", text: plain(lesson, one.answer) })))),
      make("h3", { text: "What is assumed" }), make("ul", {}, lesson.teacher.assumed.map((text) => make("li", { text: plain(lesson, text) }))),
      make("p", { class: "note", text: `All numbers are computed by the simulation, ${SETUP.trials} trials of each clinician; ± is one Monte Carlo standard error. A difference that is not at least two of its errors from zero is called no difference here. Simulated people: nothing here is advice for treatment.` })];
  }

  function sheet(lesson, kind) {
    const bar = make("div", { class: "buttons sheet-bar" }, make("button", { type: "button", class: "main", text: "Print", onclick: () => print() }),
      make("button", { type: "button", text: "← Back to the lesson", onclick: () => State.set({ sheet: "" }) }),
      Object.entries(SHEETS).filter(([other]) => other !== kind).map(([other, text]) => make("button", { type: "button", text, onclick: () => State.set({ sheet: other }) })));
    return make("div", {}, bar, make("article", { class: `sheet ${kind}`, "aria-label": SHEETS[kind] },
      make("p", { class: "note", text: `Lesson ${number(lesson)} · ${SHEETS[kind]} · simulated people` }), make("h2", { text: lesson.title }), (kind === "teacher" ? teacher : worksheet)(lesson).flat()));
  }

  // --------------------------------------------------------------------------------------------------- the screen

  function show(place) {
    at.place = place;
  }

  function index() {
    return make("div", { class: "lesson-index" },
      make("h2", { text: "Ten lessons" }),
      make("p", {}, "Each begins with a question and your own guess. Then the simulation answers, and you find out why, and what you can try yourself. Each has a worksheet and a page for the teacher."),
      make("ol", { class: "lesson-list" }, LESSONS.map((lesson, one) => make("li", { class: "card" }, make("h3", { text: lesson.title }),
        make("p", { class: "note", text: `About ${lesson.minutes} minutes. You learn to ${plain(lesson, lesson.aims[0])}.` }),
        make("div", { class: "buttons" }, make("button", { type: "button", class: "main", "data-lesson": one + 1, "aria-label": `Begin lesson ${one + 1}: ${lesson.title}`, text: "Begin", onclick: () => go(one + 1) }))))));
  }

  function update(state, keys) {
    if (!keys.some((key) => ["screen", "lesson", "step", "guess", "sheet"].includes(key))) return;
    const lesson = named(state);
    if (state.sheet && lesson) document.documentElement.dataset.sheet = state.sheet;
    else delete document.documentElement.dataset.sheet;
    if (!lesson) {
      panel = null;
      at.place.replaceChildren(index());
      if (state.lesson) Page.refuse(`There is no lesson “${state.lesson}”; choose one of these ${LESSONS.length}.`);
      return;
    }
    if (state.sheet) {
      at.place.replaceChildren(sheet(lesson, state.sheet));
      return;
    }
    const before = document.activeElement?.dataset?.lesson;
    current(state);
    arranged(false);
    if (at.place.firstElementChild !== panel.node || at.place.childElementCount !== 1) at.place.replaceChildren(panel.node);
    kept();
    settled();
    if (before) panel.head.querySelector("h2").focus({ preventScroll: true });
  }

  function hide() {
    delete document.documentElement.dataset.sheet;
  }

  // Beside the other screens the lesson stays in sight while its settings are moved.
  function beside(state) {
    const open = state.lesson && state.screen !== "lessons" && state.screen !== "play" && named(state);
    if (!open) {
      Page.dock(null);
      return;
    }
    const again = current(state), moved = !again.node.closest("#dock") || again.fresh;
    if (moved) arranged(true);
    Page.dock(again.node);
    kept();
    settled();
    for (const { one, button } of again.tryButtons) {
      const set = Object.entries(one.set).every(([key, value]) => state[key] === value);
      button.setAttribute("aria-pressed", String(set));
      if (set && moved) again.node.scrollTop = button.closest("li").offsetTop - again.node.offsetTop - 8;
    }
  }

  let focused = null; // in the lesson, before it is moved to another place

  function kept() {
    if (focused?.isConnected && document.activeElement === document.body && focused.closest(".lesson")) focused.focus({ preventScroll: true });
    focused = null;
  }

  globalThis.Lessons = Object.freeze({ all: LESSONS, layouts: LAYOUTS, codeOf: (which, values) => codeOf(LESSONS[which - 1], values) });
  Page.screen("lessons", { title: "Lessons", show, update, hide });
  State.on(() => {
    focused = document.activeElement?.closest(".lesson") ? document.activeElement : focused;
    requestAnimationFrame(() => beside(State.get()));
  });
  document.addEventListener("DOMContentLoaded", () => beside(State.get()));
})();
