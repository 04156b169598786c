// The glossary: a tap on a term opens what it means; Escape closes it and the focus returns.
(() => {
  "use strict";
  const ENTRIES = JSON.parse(document.getElementById("words").textContent); // {term: {title, text}}
  let dialog = null;

  function opened() {
    if (dialog) return dialog;
    dialog = document.createElement("dialog");
    dialog.id = "glossary";
    dialog.setAttribute("aria-labelledby", "glossary-title");
    const title = Object.assign(document.createElement("h2"), { id: "glossary-title" });
    const said = Object.assign(document.createElement("p"), { id: "glossary-text" });
    const close = Object.assign(document.createElement("button"), { type: "button", textContent: "Close" });
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // beside it
    });
    dialog.append(title, said, close);
    document.body.append(dialog);
    return dialog;
  }

  function show(term) {
    const { title, text } = ENTRIES[term];
    const place = opened();
    place.querySelector("h2").textContent = title;
    place.querySelector("p").textContent = text;
    place.showModal();
  }

  // A button that opens a term's entry. Throws where there is no such entry, so that a test finds it.
  function link(term, shown = term) {
    if (!Object.hasOwn(ENTRIES, term)) throw new Error(`There is no word “${term}” in the glossary.`);
    const made = Object.assign(document.createElement("button"), { type: "button", className: "term", textContent: shown });
    made.setAttribute("aria-haspopup", "dialog");
    made.addEventListener("click", (event) => {
      event.preventDefault();
      event.stopPropagation();
      show(term);
    });
    return made;
  }

  // Text in which [term], or [words as shown](term), stands for a button of the glossary.
  function text(said) {
    const made = document.createDocumentFragment();
    let end = 0;
    for (const found of said.matchAll(/\[([^\]]+)\](?:\(([^)]+)\))?/g)) {
      made.append(said.slice(end, found.index), link(found[2] ?? found[1], found[1]));
      end = found.index + found[0].length;
    }
    made.append(said.slice(end));
    return made;
  }

  globalThis.Words = Object.freeze({ link, text, show, terms: Object.freeze(Object.keys(ENTRIES)) });
})();
