// The page's frame: screens behind tabs, a dock beside them, sliders, messages, copying and saving.
(() => {
  "use strict";
  const SCREENS = new Map();
  const ORDER = ["compare", "play", "lessons", "live", "patient"];
  const QUIET = 500; // milliseconds a slider rests before a screen reader speaks
  const main = document.getElementById("main");
  const tabs = document.getElementById("tabs");
  const refused = document.getElementById("refused");
  let shown = "";
  let waiting = 0;
  let speaking = 0;

  // An element: attributes, those that begin with "on" as listeners, `text` as its text; then children.
  function make(tag, options = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(options)) {
      if (name === "text") made.textContent = value;
      else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value !== undefined && value !== null) made.setAttribute(name, value);
    }
    made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return made;
  }

  // --------------------------------------------------------------------------------------------------- screens

  // Register a screen. about: {title, show(place, state) once, when first seen; update(state, keys) whenever the state
  // changes or the screen comes back; hide() when another takes its place}.
  function screen(name, about) {
    const place = make("section", { id: `screen-${name}`, class: `screen screen-${name}`, "aria-label": about.title, hidden: true });
    const tab = make("button", { type: "button", "data-screen": name, text: about.title, onclick: () => State.set({ screen: name }) });
    SCREENS.set(name, { ...about, place, tab, begun: false });
    main.append(place);
    tabs.replaceChildren(...ORDER.filter((one) => SCREENS.has(one)).map((one) => SCREENS.get(one).tab));
  }

  function updated(state, keys = Object.keys(state)) {
    document.documentElement.dataset.theme = state.theme;
    document.getElementById("theme").value = state.theme;
    const name = SCREENS.has(state.screen) ? state.screen : "compare";
    const now = SCREENS.get(name);
    if (name !== shown) {
      SCREENS.get(shown)?.hide?.();
      for (const [other, one] of SCREENS) {
        one.place.hidden = other !== name;
        if (other === name) one.tab.setAttribute("aria-current", "page");
        else one.tab.removeAttribute("aria-current");
      }
      document.documentElement.dataset.screen = name;
      shown = name;
      keys = Object.keys(state);
    }
    if (!now.begun) {
      now.begun = true;
      now.show(now.place, state);
    }
    now.update?.(state, keys);
  }

  // Draw once a frame, however many sliders move in it.
  function soon(state, keys) {
    const all = new Set([...(soon.keys ?? []), ...keys]);
    soon.keys = all;
    if (waiting) return;
    waiting = requestAnimationFrame(() => {
      waiting = 0;
      soon.keys = null;
      guarded(() => updated(State.get(), [...all]));
    });
  }

  // Do something that may refuse in a sentence: say it, and keep what is on the page.
  function guarded(work) {
    try {
      refused.hidden = true;
      return work();
    } catch (error) {
      refuse(error.message);
      return undefined;
    }
  }

  function refuse(sentence) {
    refused.querySelector("span").textContent = sentence;
    refused.hidden = false;
  }

  // ------------------------------------------------------------------------------------------------------ dock

  // Put an element beside the screens on a wide window, above them on a narrow one; null takes it away.
  function dock(content) {
    const place = document.getElementById("dock");
    place.hidden = !content;
    document.documentElement.classList.toggle("docked", Boolean(content));
    if (content && content !== place.firstElementChild) place.replaceChildren(content);
    if (!content) place.replaceChildren();
    return place;
  }

  // --------------------------------------------------------------------------------------------------- messages

  // Say something to a screen reader once nothing further has been said for a while.
  function say(sentence) {
    clearTimeout(speaking);
    speaking = setTimeout(() => { document.getElementById("spoken").textContent = sentence; }, QUIET);
  }

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = make("textarea", { class: "aside", readonly: true, "aria-hidden": "true" });
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  // A button that copies what `text` gives, and says so on itself.
  function copyButton(label, text) {
    const made = make("button", { type: "button", class: "copy", text: label, onclick: async () => {
      const focus = document.activeElement;
      const done = await copied(text());
      focus?.focus();
      made.textContent = done ? "Copied" : "Copying is not allowed here";
      say(done ? `${label}: copied.` : "Copying is not allowed here.");
      setTimeout(() => { made.textContent = label; }, 1600);
    } });
    return made;
  }

  // Save a text as a file.
  function save(name, text, type = "text/plain") {
    const link = make("a", { download: name, href: URL.createObjectURL(new Blob([text], { type })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // --------------------------------------------------------------------------------------------------- controls

  // A slider. about: {name, label, low, high, step, value, note?, arm?, said?(value), oninput(value)}. Returns {node, set(value)}.
  function slider(about) {
    const id = `slider-${about.name}`;
    const said = about.said ?? ((value) => String(value));
    const shownAs = make("output", { for: id });
    const input = make("input", { type: "range", id, name: about.name, min: about.low, max: about.high, step: about.step,
      "aria-describedby": about.note ? `${id}-note` : null, "aria-label": about.spoken ?? null });
    const set = (value) => {
      if (Number(input.value) !== value) input.value = value;
      shownAs.textContent = said(value);
      input.setAttribute("aria-valuetext", said(value));
      input.style.setProperty("--share", `${(100 * (value - about.low)) / (about.high - about.low)}%`);
    };
    input.addEventListener("input", () => {
      set(Number(input.value));
      guarded(() => about.oninput(Number(input.value)));
    });
    set(about.value ?? about.low);
    const label = make("label", { for: id }, about.label);
    const node = make("div", { class: `slider${about.arm ? ` ${about.arm}` : ""}` }, label, shownAs, input,
      about.note ? make("small", { id: `${id}-note` }, about.note instanceof Node ? about.note : Words.text(about.note)) : null);
    return { node, input, set };
  }

  // A menu. about: {name, label, options: {value: words}, value, oninput(value)}. Returns {node, set(value)}.
  function menu(about) {
    const select = make("select", { name: about.name, "aria-label": about.spoken ?? null, onchange: () => guarded(() => about.oninput(select.value)) },
      Object.entries(about.options).map(([value, text]) => make("option", { value, text })));
    const set = (value) => { if (select.value !== String(value)) select.value = value; };
    if (about.value !== undefined) set(about.value);
    return { node: make("label", { class: "menu" }, make("span", { text: about.label }), select), select, set };
  }

  // A number to type. about: {name, label, low, high, value, text?, oninput(value)}. Returns {node, set(value)}.
  function field(about) {
    const input = make("input", { type: about.text ? "text" : "number", name: about.name, min: about.low, max: about.high, step: 1,
      inputmode: "numeric", maxlength: about.text ? 20 : null, autocomplete: "off",
      onchange: () => guarded(() => about.oninput(about.text ? input.value.trim() : Number(input.value))) });
    const set = (value) => { if (document.activeElement !== input || input.value !== String(value)) input.value = value; };
    if (about.value !== undefined) set(about.value);
    return { node: make("label", { class: "menu" }, make("span", { text: about.label }), input), input, set };
  }

  // -------------------------------------------------------------------------------------------------------- begin

  function begin() {
    document.getElementById("theme").addEventListener("change", (event) => State.set({ theme: event.target.value }));
    refused.querySelector("button").addEventListener("click", () => guarded(() => State.read("")));
    document.querySelector(".skip").addEventListener("click", (event) => {
      event.preventDefault(); // the address belongs to the state
      main.focus();
    });
    addEventListener("popstate", followed);
    addEventListener("hashchange", followed);
    State.on(soon);
    const sentence = State.follow();
    guarded(() => updated(State.get()));
    if (sentence) refuse(sentence);
    document.documentElement.dataset.ready = "";
    requestAnimationFrame(() => setTimeout(() => performance.mark("first picture"))); // once it is on the screen
  }

  function followed() {
    const sentence = State.follow();
    if (sentence) refuse(sentence);
  }

  globalThis.Page = Object.freeze({ make, screen, dock, say, copyButton, save, slider, menu, field, guarded, refuse,
    current: () => shown, begin });
})();
