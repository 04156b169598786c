"""The codes in which a class hands in guesses and results: what goes in comes out, and every slip is noticed."""

import json
from pathlib import Path

import pytest

from alliance_sim.web import lessons
from tests.web.node import node

CODES = Path(lessons.__file__).with_name("static") / "codes.js"
STRANGE = "01ILO-é"  # letters that no code holds


def run(script, *arguments):
    """What a script that knows `Codes` prints, as JSON."""
    return json.loads(node(f"{CODES.read_text(encoding='utf-8')}\n{script}", *arguments))


@pytest.fixture(scope="module")
def layouts():
    """Levels of every lesson's guess and of a course that is played, by kind."""
    made = {}
    for place, lesson in enumerate(lessons.lessons(), 1):
        levels = round((lesson.guess.high - lesson.guess.low) / lesson.guess.step) + 1
        made[place] = [levels] * len(lesson.guess.asked)
    return {**made, 20: [961, 121, 2], 21: [961, 161, 2]}


def test_every_guess_comes_out_as_it_went_in_within_twelve_letters(layouts):
    found = run(
        """
        const layouts = JSON.parse(process.argv[1]), longest = [], wrong = [];
        for (const [kind, levels] of Object.entries(layouts)) {
          for (let one = 0; one < 1000; one += 1) {
            const end = one < 2, any = (most, at) => (one * 7919 + at * 104729 + one * one * 31) % most;
            const numbers = levels.map((most, at) => (end ? one * (most - 1) : any(most, at)));
            const code = Codes.write(Number(kind), numbers, levels), back = Codes.read(code.toLowerCase(), layouts);
            longest.push(code.length);
            if (back.kind !== Number(kind) || String(back.numbers) !== String(numbers)) wrong.push(code);
          }
        }
        console.log(JSON.stringify({ longest: Math.max(...longest), wrong, most: Codes.LONGEST, base: Codes.BASE }));
        """,
        json.dumps(layouts),
    )
    assert found["wrong"] == []
    assert found["longest"] <= lessons.LONGEST_CODE == found["most"]
    assert found["base"] == lessons.LETTERS


def test_every_wrong_letter_and_every_two_that_changed_places_are_noticed(layouts):
    found = run(
        """
        const layouts = JSON.parse(process.argv[1]), strange = [...process.argv[2]], missed = [];
        let tried = 0;
        const attempt = (kind, text) => {
          tried += 1;
          const { good, bad } = Codes.sorted(text, kind, layouts);
          if (good.length || !bad.length || bad.some(([entry, why]) => !entry || !why)) missed.push([kind, text]);
        };
        for (const [name, levels] of Object.entries(layouts)) {
          for (let one = 0; one < 40; one += 1) {
            const kind = Number(name), numbers = levels.map((most, at) => (one * 7919 + at * 1049 + one * one) % most);
            const code = Codes.write(kind, numbers, levels);
            for (let at = 0; at < code.length; at += 1) {
              const [before, own, after] = [code.slice(0, at), code[at], code.slice(at + 1)];
              const last = before.at(-1);
              for (const letter of [...Codes.ALPHABET, ...strange].filter((one) => one !== own)) {
                attempt(kind, before + letter + after);
              }
              attempt(kind, before + after);
              if (at && own !== last) attempt(kind, before.slice(0, -1) + own + last + after);
            }
          }
        }
        console.log(JSON.stringify({ tried, missed }));
        """,
        json.dumps(layouts),
        STRANGE,
    )
    assert found["missed"] == []
    assert found["tried"] > 40 * len(layouts) * 100


def test_codes_pasted_together_are_all_read_and_the_malformed_named(layouts):
    found = run(
        """
        const layouts = JSON.parse(process.argv[1]), levels = layouts[1];
        const guesses = [[0, 0, 0], [24, 24, 24], [3, 9, 11], [3, 9, 11]];
        const codes = guesses.map((numbers) => Codes.write(1, numbers, levels));
        const other = Codes.write(3, [7], layouts[3]);
        const text = `Anna: ${codes[0]};${codes[1].toLowerCase()},\\n\\t${codes[2]}|${codes[3]} `;
        const more = `${codes[0].slice(1)} / ${other} - 0${codes[1]}`;
        console.log(JSON.stringify(Codes.sorted(text + more, 1, layouts)));
        """,
        json.dumps(layouts),
    )
    assert found["good"] == [[0, 0, 0], [24, 24, 24], [3, 9, 11], [3, 9, 11]]
    assert len(found["bad"]) == 4
    assert found["bad"][0][0] == "Anna"
    assert found["bad"][2][1] == "it belongs to another lesson or game"
    assert found["bad"][3][1] == "no code holds “0”"


def test_a_number_beyond_the_levels_is_refused():
    said = run(
        """
        const wide = { 4: [31] }, code = Codes.write(4, [30], [31]);
        let said = "";
        try { Codes.read(code, { 4: [25] }); } catch (error) { said = error.message; }
        console.log(JSON.stringify([Codes.read(code, wide).numbers, said]));
        """
    )
    assert said == [[30], "it holds a number that cannot be"]
