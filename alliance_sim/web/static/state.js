// Everything a link says: read from the address's fragment, checked like a configuration, written back as it changes.
(() => {
  "use strict";
  const SETUP = JSON.parse(document.getElementById("setup").textContent);
  const KEYS = SETUP.keys; // each {kind: number | whole | choice | text, usual, low, high, choices, pattern}
  const WARM = ["empathy", "active_listening", "authenticity"];
  const FIRM = ["boundaries", "collaboration"];
  const TOGETHER = { warmth: WARM, structure: FIRM }; // what the two sliders of the first screen set
  const LONGEST = 4000;
  const usual = Object.freeze(Object.fromEntries(Object.entries(KEYS).map(([key, one]) => [key, one.usual])));
  const listeners = [];
  let now = usual;
  let writing = 0;
  let address = location.hash; // as it was written or read last

  // "a.warmth=0.5" stands for the behaviours that warmth sets.
  function spelled(pairs) {
    return pairs.flatMap(([key, value]) => {
      const [arm, name] = key.split(".");
      return name in TOGETHER && /^[ab]$/.test(arm) ? TOGETHER[name].map((one) => [`${arm}.${one}`, value]) : [[key, value]];
    });
  }

  // One value as its key has it. Throws a sentence.
  function checked(key, value) {
    const one = Object.hasOwn(KEYS, key) ? KEYS[key] : null;
    const said = `${key}=${String(value).slice(0, 60)}`;
    if (!one) throw new Error(`There is no setting “${String(key).slice(0, 60)}”; leave it out of the link.`);
    if (one.kind === "choice") {
      if (!one.choices.includes(String(value))) throw new Error(`${said} is none of: ${one.choices.join(", ")}${one.more ? `; ${one.more}` : ""}.`);
      return String(value);
    }
    if (one.kind === "text") {
      if (!new RegExp(`^(?:${one.pattern})$`).test(value)) throw new Error(`${said} cannot be read; leave it out of the link.`);
      if (key === "seed" && BigInt(value) > BigInt(one.high)) throw new Error(`${said} is too large; use at most ${one.high}.`);
      return String(value);
    }
    const number = typeof value === "string" && !value.trim() ? NaN : Number(value);
    if (!Number.isFinite(number)) throw new Error(`${said} is no number; type one from ${one.low} to ${one.high}.`);
    if (number < one.low || number > one.high) {
      throw new Error(`${said} is outside [${one.low}, ${one.high}]; type a value in that range.`);
    }
    if (one.kind === "whole" && number !== Math.round(number)) throw new Error(`${said} is no whole number; type one.`);
    return number;
  }

  // A state from pairs of key and value on top of another. Throws a sentence.
  function amended(pairs, ground) {
    const made = { ...ground };
    for (const [key, value] of spelled(pairs)) made[key] = checked(key, value);
    made.patient = Math.min(made.patient, made.patients);
    return Object.freeze(made);
  }

  // What differs from the default, as a link writes it.
  function fragment(state = now) {
    return Object.keys(KEYS).filter((key) => state[key] !== usual[key])
      .map((key) => `${key}=${encodeURIComponent(state[key])}`).join("&");
  }

  // Pairs of a link, of its fragment, or of text that holds one.
  function pairsOf(text) {
    const part = text.trim().replace(/^[^#]*#/, "").replace(/^\?/, "");
    if (part.length > LONGEST) throw new Error(`The link is ${part.length} characters long; use at most ${LONGEST}.`);
    const pairs = part ? part.split("&").map((one) => {
      const [key, ...rest] = one.split("=");
      try {
        return [decodeURIComponent(key), decodeURIComponent(rest.join("=").replaceAll("+", " "))];
      } catch {
        throw new Error(`The link cannot be read at “${one.slice(0, 60)}”; copy it again.`);
      }
    }) : [];
    const twice = pairs.find(([key], at) => pairs.findIndex(([other]) => other === key) !== at);
    if (twice) throw new Error(`${twice[0]} stands twice in the link; leave one out.`);
    return pairs;
  }

  function written(push) {
    writing = 0;
    if (!push && location.hash !== address) return; // somebody typed another one in the meantime, which counts
    const own = `#${fragment()}`;
    try {
      history[push ? "pushState" : "replaceState"](null, "", own);
    } catch {
      location.hash = own; // where the browser forbids the other way, such as in a preview
    }
    address = location.hash;
  }

  function changed(before, push) {
    const keys = Object.keys(KEYS).filter((key) => before[key] !== now[key]);
    if (!keys.length && !push) return;
    clearTimeout(writing);
    if (push || keys.includes("screen")) written(keys.length > 0); // an address that could not be read is replaced
    else writing = setTimeout(written, 120); // browsers refuse a hundred in a second
    if (keys.length) for (const listener of listeners) listener(now, keys);
  }

  // Set some keys; the fragment and all who listen follow. Throws a sentence where a value is not allowed.
  function set(values) {
    const before = now;
    now = amended(Object.entries(values), now);
    changed(before, false);
    return now;
  }

  // Take over a whole link; what it leaves out goes to its default. Throws a sentence and changes nothing.
  function read(text) {
    const before = now;
    now = amended(pairsOf(text), usual);
    changed(before, true);
    return now;
  }

  // As the page opens, and as its address changes: a sentence where the fragment is bad, else nothing.
  function follow() {
    const before = now;
    clearTimeout(writing);
    address = location.hash;
    try {
      now = amended(pairsOf(location.hash), usual);
    } catch (error) {
      return error.message;
    }
    const keys = Object.keys(KEYS).filter((key) => before[key] !== now[key]);
    if (keys.length) for (const listener of listeners) listener(now, keys);
    return "";
  }

  function link(state = now) {
    const part = fragment(state);
    return location.href.replace(/#.*$/, "") + (part ? `#${part}` : "");
  }

  // Mean of what warmth, or structure, sets.
  function level(arm, name, state = now) {
    const own = TOGETHER[name];
    return own.reduce((sum, one) => sum + state[`${arm}.${one}`], 0) / own.length;
  }

  // Of an arm: its keys without the arm, such as {empathy: 0.85, caseload: 5}.
  function clinic(arm, state = now) {
    return Object.fromEntries(Object.keys(KEYS).filter((key) => key.startsWith(`${arm}.`))
      .map((key) => [key.slice(2), state[key]]));
  }

  // How many such clinicians a trial needs, so that nobody leads more than the caseload and every group has a lead.
  function team(arm, state = now) {
    const { present, group } = SETUP.protocols[state.protocol], most = SETUP.most.caseload;
    const needed = Math.max(present, Math.ceil(state.patients / state[`${arm}.caseload`]));
    if (group < 2 || group > most) return needed;
    const groups = Math.floor(state.patients / group) + Number(state.patients % group > most % group);
    return Math.max(needed, Math.ceil(groups / Math.floor(most / group)));
  }

  // One arm's world as the engine takes it.
  function world(arm, state = now) {
    const own = clinic(arm, state), used = new Set(SETUP.protocols[state.protocol].course.map(([, phase]) => phase));
    const shifts = (prefix) => Object.fromEntries(SETUP.behaviours.map((one) => [one.name, own[`${prefix}.${one.name}`]])
      .filter(([, shift]) => shift !== 0));
    return {
      protocol: state.protocol, condition: state.condition, patients: state.patients, spacing: state.spacing,
      clinicians: team(arm, state), rule: state.rule, dose: state.dose / 100, seed: state.seed,
      skills: Object.fromEntries(SETUP.behaviours.map((one) => [one.name, own[one.name]])),
      phases: Object.fromEntries(SETUP.phases.filter((phase) => used.has(phase)).map((phase) => [phase, shifts(phase)]).filter(([, one]) => Object.keys(one).length)),
      after_rupture: shifts("after_rupture"), policy: own.policy, budget: own.budget, fatigue: own.fatigue,
    };
  }

  globalThis.State = Object.freeze({
    SETUP, KEYS, TOGETHER, usual, get: () => now, set, read, follow, fragment, link, level, clinic, team, world, amended, pairsOf,
    on: (listener) => { listeners.push(listener); },
  });
})();
