"""Play the clinician: the game as written is checked, and choosing is what the engine does with choices."""

import json

import pytest
import yaml

from alliance_sim.errors import ScenarioError
from alliance_sim.model.behaviours import NAMES
from alliance_sim.web import play, program
from tests.web.node import node

WORLD = '{ protocol: "comp001", patients: 1, clinicians: 2, policy: "manual", budget: 0.3 }'


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """The whole engine as a file."""
    file = tmp_path_factory.mktemp("engine") / "engine.js"
    file.write_text(program.whole(), encoding="utf-8")
    return file


def run(engine, script):
    return json.loads(node(f"const A = require({json.dumps(str(engine))});\n{script}"))


def test_the_game_is_ready_for_the_page():
    data = play.data()
    assert data["sessions"] == {"comp001": 6, "mapp": 15, "psychotherapy": 16}
    assert json.loads(json.dumps(data)) == data


def test_a_course_takes_five_minutes_at_most():
    seconds = [count * play.SECONDS for count in play.data()["sessions"].values()]
    assert max(seconds) <= 60 * play.MINUTES


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda game: game["protocols"].append("nothing"), "there is no protocol nothing"),
        (lambda game: game["looks"].pop("hard"), "looks.hard"),
        (lambda game: game.update(shift=0.5), "more than 1"),
        (lambda game: game.update(first_other=50), "among the patients who can be chosen"),
        (lambda game: game.update(points="many"), "points"),
        (lambda game: game.update(mood="good"), "mood"),
    ],
)
def test_a_game_that_does_not_fit_is_refused_in_a_sentence(tmp_path, change, said):
    written = yaml.safe_load(play.FILE.read_text(encoding="utf-8"))
    change(written)
    place = tmp_path / "play.yaml"
    place.write_text(yaml.safe_dump(written), encoding="utf-8")
    with pytest.raises(ScenarioError, match=said):
        play.read(place)


def test_giving_nothing_is_going_by_the_manual(engine):
    script = f"""
    const own = A.world({WORLD}), found = [];
    for (let replicate = 0; replicate < 5; replicate += 1) {{
      const one = A.trial(own, replicate), other = A.trial(own, replicate);
      while (one.next());
      while (other.peek()) other.peek().kind === "assessment" ? other.next() : other.next({{}});
      const same = one.sessions.trust.join() === other.sessions.trust.join();
      found.push([one.outcomes().endpoint[0], other.outcomes().endpoint[0], same]);
    }}
    console.log(JSON.stringify(found));
    """
    for one, other, same in run(engine, script):
        assert one == other
        assert same


@pytest.mark.parametrize("name", NAMES)
def test_a_point_is_so_much_more_of_its_behaviour(engine, name):
    shift = play.read().shift
    script = f"""
    const delivered = [0, 1, 3].map((points) => {{
      const trial = A.trial(A.world({WORLD}), 2);
      while (trial.peek().kind === "assessment") trial.next();
      trial.next({{ {name}: {shift} * points }});
      return trial.sessions.delivered_{name}[0];
    }});
    console.log(JSON.stringify(delivered));
    """
    none, one, three = run(engine, script)
    assert 0 < one - none <= shift + 1e-12
    assert one - none == pytest.approx(shift, rel=0.15)  # a tired clinician delivers a little less
    assert three - none > one - none


def test_more_than_the_points_is_scaled_down_to_them(engine):
    game = play.read()
    each = game.points * game.shift / len(NAMES)
    script = f"""
    const found = [1, 0.1].map((much) => {{
      const trial = A.trial(A.world({WORLD}), 1);
      while (trial.peek().kind === "assessment") trial.next();
      trial.next(Object.fromEntries({json.dumps(NAMES)}.map((name) => [name, much])));
      return {json.dumps(NAMES)}.map((name) => trial.sessions[`delivered_${{name}}`][0]);
    }});
    const even = A.trial(A.world({WORLD}), 1);
    while (even.peek().kind === "assessment") even.next();
    even.next(Object.fromEntries({json.dumps(NAMES)}.map((name) => [name, {each}])));
    console.log(JSON.stringify([...found, {json.dumps(NAMES)}.map((name) => even.sessions[`delivered_${{name}}`][0])]));
    """
    much, some, evenly = run(engine, script)
    assert much == pytest.approx(evenly)
    assert some == pytest.approx(evenly)


def test_the_others_are_not_the_patients_who_can_be_chosen():
    game = play.read()
    assert game.first_other >= game.most
    assert game.first_other + game.others <= 1_000_000
