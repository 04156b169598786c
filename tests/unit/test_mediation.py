"""Mediation: a linear stand-in whose parts are known, and the model where a path is known to carry all or nothing."""

import itertools

import numpy as np
import pandas as pd
import pytest

from alliance_sim.analysis.mediation import (
    BOND,
    EACH,
    TREATED,
    mediation,
    mediation_worlds,
    natural_effects,
    shapley,
)
from alliance_sim.errors import AnswerError, ScenarioError
from alliance_sim.world.scenario import Scenario
from tests.worlds import SEED, small

SCENARIO = Scenario()
DIRECT, TRUST, FEAR, COUPLING, TO_TRUST, TO_FEAR, BOTH = -1.0, 2.0, 3.0, 0.5, -0.7, -0.4, 0.0
STRONG = {"clinicians__factor_shift": 1.28}
WEAK = {"clinicians__factor_shift": -1.28}


def linear(both=BOTH, replicates=5):
    """Worlds of trust = TRUST x, fear = FEAR x + COUPLING trust, y = DIRECT x + TO_TRUST trust + TO_FEAR fear."""
    noise = np.random.default_rng(41).normal(size=(3, replicates))

    def world(x, fixed=()):
        trust = TRUST * ((1 - x) if "trust" in fixed else x) + noise[0]
        if "fear" in fixed:  # as in the other world, where trust goes its own way
            fear = FEAR * (1 - x) + COUPLING * (TRUST * (1 - x) + noise[0]) + noise[1]
        else:
            fear = FEAR * x + COUPLING * trust + noise[1]
        return DIRECT * x + TO_TRUST * trust + TO_FEAR * fear + both * x * trust + noise[2]

    sets = [(1, fixed) for size in range(3) for fixed in itertools.combinations(("trust", "fear"), size)]
    sets += [(0, ()), (0, ("trust",)), (0, ("fear",))]
    frames = [
        pd.DataFrame(
            {
                "replicate": range(replicates),
                "clinicians": ("base", "treated")[x],
                "fixed": " + ".join(fixed),
                "change": world(x, fixed),
            }
        )
        for x, fixed in sets
    ]
    return pd.concat(frames, ignore_index=True)


def test_a_linear_chain_is_split_as_worked_out_by_hand():
    """What trust does through fear is shared by the two: half each, and either all or nothing over the orders."""
    found = shapley(linear(), SCENARIO).set_index("effect")
    shared = TO_FEAR * COUPLING * TRUST
    assert found["estimate"].to_dict() == pytest.approx(
        {
            "total": DIRECT + TO_TRUST * TRUST + TO_FEAR * FEAR + shared,
            "direct": DIRECT,
            "trust": TO_TRUST * TRUST + shared / 2,
            "fear": TO_FEAR * FEAR + shared / 2,
        }
    )
    assert found.loc["trust", ["lowest", "highest"]].tolist() == pytest.approx(
        [TO_TRUST * TRUST + shared, TO_TRUST * TRUST]
    )
    assert found["mcse"].max() == pytest.approx(0, abs=1e-12)  # the noise of a replicate is the same in all worlds
    assert found.loc["fear", "share"] == pytest.approx(found.loc["fear", "estimate"] / found.loc["total", "estimate"])


def test_natural_effects_of_a_linear_chain_are_those_worked_out_by_hand():
    """A mediator alone carries all that passes through it, what reaches it through the other one too."""
    found = natural_effects(linear(both=0.3), SCENARIO).set_index(["mediator", "effect"])["estimate"]
    through = TO_TRUST * TRUST + TO_FEAR * COUPLING * TRUST
    assert found["trust", "natural indirect"] == pytest.approx(through)
    assert found["trust", "mediated interaction"] == pytest.approx(0.3 * TRUST)
    assert found["trust", "total indirect"] == pytest.approx(through + 0.3 * TRUST)
    assert found["fear", "total indirect"] == pytest.approx(TO_FEAR * (FEAR + COUPLING * TRUST))
    for mediator in ("trust", "fear"):
        sums = [
            found[mediator, one] + found[mediator, two]
            for one, two in (("natural direct", "total indirect"), ("natural indirect", "total direct"))
        ]
        assert sums[0] == pytest.approx(sums[1])


def test_in_the_model_direct_and_mediated_parts_sum_to_the_total():
    worlds = mediation_worlds(small("mapp", **WEAK), small("mapp", **STRONG), 4, SEED, BOND)
    for measure in ("change", "dropout", "wellbeing_change"):
        found = shapley(worlds, small(), measure).set_index("effect")["estimate"]
        assert found.drop("total").sum() == pytest.approx(found["total"], abs=1e-12)
    ends = worlds[worlds["fixed"] == ""].pivot(index="replicate", columns="clinicians", values="change")
    total = shapley(worlds, small()).set_index("effect").loc["total", "estimate"]
    assert total == pytest.approx((ends[TREATED] - ends["base"]).mean())


def test_what_acts_on_trust_alone_runs_through_the_bond_alone():
    """How much boundaries weigh in trust, against authenticity, moves trust and nothing else by itself."""
    staff = {"clinicians__boundaries__mean": 0.9, "clinicians__authenticity__mean": 0.3}
    base = small(**staff, parameters__bond__trust_boundaries=0.1)
    treated = small(**staff, parameters__bond__trust_boundaries=0.9)
    mediators = {name: BOND[name] for name in ("bond", "rupture")}
    found = mediation(base, treated, 8, SEED, mediators=mediators).set_index("effect")
    assert found.loc["total", "estimate"] < 0
    assert found.loc["direct", "estimate"] == 0
    # Ruptures carry what trust does to them, and only with the bond's path open.
    assert 0 in found.loc["rupture", ["lowest", "highest"]].tolist()
    # Control: a path that does not carry it all leaves something over.
    other = mediation(base, treated, 8, SEED, mediators={"rupture": BOND["rupture"]}).set_index("effect")
    assert other.loc["direct", "estimate"] != 0


def test_without_a_drug_nothing_runs_through_breakthrough():
    worlds = [small("psychotherapy", **values) for values in (WEAK, STRONG)]
    mediators = {name: EACH[name] for name in ("felt_empathy", "breakthrough")}
    found = mediation(*worlds, 3, SEED, mediators=mediators).set_index("effect")
    assert found.loc["breakthrough", ["estimate", "mcse", "lowest", "highest"]].tolist() == [0, 0, 0, 0]
    assert found.loc["felt_empathy", "estimate"] != 0


def test_in_psychotherapy_behaviours_act_through_bond_rupture_and_fear_alone():
    """Closing all three leaves no patient any different, to the last bit; closing two of them does."""
    worlds = [small("psychotherapy", **values) for values in (WEAK, STRONG)]
    whole = {name: BOND[name] for name in ("bond", "rupture", "fear")}
    assert mediation(*worlds, 3, SEED, mediators=whole).set_index("effect").loc["direct", "estimate"] == 0
    part = {name: BOND[name] for name in ("rupture", "fear")}
    assert mediation(*worlds, 3, SEED, mediators=part).set_index("effect").loc["direct", "estimate"] != 0


def test_what_cannot_be_split_is_refused():
    base, treated = small(**WEAK), small(**STRONG)
    with pytest.raises(AnswerError, match="'mood' cannot be fixed; choose among: trust"):
        mediation(base, treated, 2, SEED, mediators={"mood": ("mood",)})
    with pytest.raises(AnswerError, match="fixed by two mediators"):
        mediation(base, treated, 2, SEED, mediators={"a": ("trust",), "b": ("trust",)})
    with pytest.raises(AnswerError, match="name 1 to 10"):
        mediation(base, treated, 2, SEED, mediators={})
    with pytest.raises(ScenarioError, match="another timetable"):
        mediation(base, small("mapp"), 2, SEED, mediators={"trust": ("trust",)})
    with pytest.raises(AnswerError, match="lacks replicates"):
        shapley(linear().iloc[1:], SCENARIO)
    with pytest.raises(AnswerError, match="has no value"):
        shapley(linear().assign(change=np.nan), SCENARIO)
