// Short codes in which a class hands in guesses and results: a letter for what it is of, the numbers, a letter that checks.
// The number of letters is prime and each place weighs differently, so that every wrong letter and every two letters that
// changed places are noticed.
(() => {
  "use strict";
  const ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"; // none that looks like another: no 0, 1, I, L, O
  const BASE = ALPHABET.length;
  const LONGEST = 12;

  const room = (levels) => (levels <= BASE ? 1 : 2); // letters of a number below `levels`
  const weighed = (places) => places.reduce((sum, place, at) => sum + (at + 1) * place, 0) % BASE;

  // The code of whole numbers, each from 0 to below its number of levels; `kind` says what they are of, 0 to 30.
  function write(kind, numbers, levels) {
    const places = [kind];
    numbers.forEach((number, at) => places.push(...(room(levels[at]) === 2 ? [Math.floor(number / BASE), number % BASE] : [number])));
    const short = weighed(places), own = places.length + 1;
    const check = Array.from({ length: BASE }, (_, place) => place).find((place) => (short + own * place) % BASE === 0);
    return [...places, check].map((place) => ALPHABET[place]).join("");
  }

  // {kind, numbers} of a code; `layouts` gives the levels of each kind. Throws a sentence.
  function read(code, layouts) {
    const letters = [...code.toUpperCase()], strange = letters.find((letter) => !ALPHABET.includes(letter));
    if (letters.length > LONGEST) throw new Error("it is too long");
    if (strange) throw new Error(`no code holds “${strange}”`);
    const places = letters.map((letter) => ALPHABET.indexOf(letter)), levels = layouts[places[0]];
    if (!levels) throw new Error("it begins as no code does");
    const wanted = 2 + levels.reduce((sum, one) => sum + room(one), 0);
    if (letters.length !== wanted) throw new Error(`it has ${letters.length} letters and should have ${wanted}`);
    if (weighed(places)) throw new Error("a letter is wrong or two have changed places");
    let at = 1;
    const numbers = levels.map((one) => (room(one) === 2 ? places[at++] * BASE + places[at++] : places[at++]));
    if (numbers.some((number, place) => number >= levels[place])) throw new Error("it holds a number that cannot be");
    return { kind: places[0], numbers };
  }

  // All codes in a text, parted by anything that is no letter and no digit: {good: [numbers], bad: [[what stands there, why]]}.
  // `other` may refuse numbers with a sentence.
  function sorted(text, kind, layouts, other = () => "") {
    const good = [], bad = [];
    for (const one of text.split(/[^\p{L}\p{N}]+/u).filter(Boolean)) {
      try {
        const found = read(one, layouts);
        const why = found.kind === kind ? other(found.numbers) : "it belongs to another lesson or game";
        if (why) throw new Error(why);
        good.push(found.numbers);
      } catch (error) {
        bad.push([one.slice(0, 24), error.message]);
      }
    }
    return { good, bad };
  }

  globalThis.Codes = Object.freeze({ ALPHABET, BASE, LONGEST, room, write, read, sorted });
})();
