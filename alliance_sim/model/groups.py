"""Groups: what patients who meet together hold in common, and what it does to each of them."""

from typing import NamedTuple

from alliance_sim.model import bond
from alliance_sim.model.configurable import configurable
from alliance_sim.model.maths import Value, average, law, maximum, unit, where
from alliance_sim.model.registry import ASSUMPTION, parameter
from alliance_sim.model.state import Company, Encounter


# fmt: off
@configurable
class Groups:
    """What a group does; read only where patients share sessions."""

    start: float = parameter(0.45, "C₀", "bond points", 0, 1, ASSUMPTION, "Mean cohesion of a new group.")
    spread: float = parameter(0.08, "σ_C", "bond points", 0, 0.5, ASSUMPTION, "Spread between new groups.")
    rate: float = parameter(0.5, "η_C", "1/√h", 0, 2, ASSUMPTION,
        "Pace at which cohesion follows its members' bond and openness.")
    openness: float = parameter(0.5, "w_O", "1", 0, 1, ASSUMPTION,
        "Weight of members' openness in what cohesion follows; their bond has the rest.")
    level: float = parameter(0.5, "C_n", "bond points", 0, 1, ASSUMPTION,
        "Cohesion at which a group neither helps nor hinders.")
    comfort: float = parameter(0.6, "g_F", "fear points per bond point", 0, 2,
        "fitted to CL006: calibrated apart from the posterior (calibration/clinicians.py), "
        "at most what trust in the clinicians does (assumption)",
        "How much cohesion lowers the level that a member's fear is heading to in the session.")
    opening: float = parameter(5.3, "g_O", "log odds per bond point", 0, 8,
        "fitted to CL006: calibrated apart from the posterior (calibration/clinicians.py), "
        "at most what the bond with the clinicians does (assumption)",
        "How much cohesion opens a member.")
    rupture: float = parameter(0.1, "l_r", "bond points", 0, 1, ASSUMPTION,
        "Cohesion lost if all members present had a rupture that was not mended; a share of it for a share of them.")
    dropout: float = parameter(0.3, "l_d", "bond points", 0, 1, ASSUMPTION,
        "The same if all members present left.")
# fmt: on


class Group(NamedTuple):
    """A therapy group."""

    cohesion: Value  # [0, 1]


class Shared(NamedTuple):
    """Sums over the members who were there in one shared session, in the order of their numbers."""

    warmth: Value  # of their bonds and openness, weighed
    ruptures: Value  # not mended
    left: Value  # who left treatment after it


NOTHING_SHARED = Shared(0.0, 0.0, 0.0)


@law
def formed(z: Value, p: Groups) -> Group:
    """A new group; `z` standard normal."""
    return Group(unit(p.start + p.spread * z))


@law
def company(group: Group, present: Value, missing: Value, p: Groups) -> Company:
    """What the others do for a member in a session that `present` members attend; the last one left is alone.

    Args:
        group: The group.
        present: How many of its members are still in treatment.
        missing: NaN, the cohesion of whom is alone.
        p: What a group does.
    """
    together = present > 1.5
    warmer = group.cohesion - p.level
    return Company(
        comfort=where(together, p.comfort * warmer, 0.0),
        opening=where(together, p.opening * warmer, 0.0),
        cohesion=where(together, group.cohesion, missing),
    )


@law
def joined(so_far: Shared, met: Encounter, p: Groups) -> Shared:
    """Count in what one member's part of a shared session was like."""
    together = average(met.met_trust, met.met_felt_empathy, met.met_rapport)
    warmth = together + p.openness * (met.met_openness - together)
    return Shared(
        warmth=so_far.warmth + where(met.attended > 0.5, warmth, 0.0),
        ruptures=so_far.ruptures + (met.rupture - met.repaired),
        left=so_far.left + met.left,
    )


@law
def after(group: Group, present: Value, shared: Shared, pace: Value, p: Groups) -> Group:
    """The group after a shared session.

    Cohesion moves the share `pace` of the way to its members' mean, less what ruptures and those who left cost it:
    that is how the others feel them. Of a single member nothing is shared.
    """
    members = maximum(present, 1.0)
    toward = group.cohesion + pace * (shared.warmth / members - group.cohesion)
    lost = (p.rupture * shared.ruptures + p.dropout * shared.left) / members
    return Group(where(present > 1.5, unit(toward - lost), group.cohesion))


@law
def pace(hours: Value, p: Groups) -> Value:
    """Share of the way that cohesion moves in a session of `hours`, [0, 1)."""
    return bond.pace(p.rate, hours)
