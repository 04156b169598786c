"""Every parameter of the laws: each group stands at the top of its law's own file, here they are put together."""

from collections.abc import Callable
from dataclasses import field
from typing import Any, NamedTuple

from alliance_sim.model.acting import Sensing
from alliance_sim.model.blinding import UNDISCLOSED, Blinding, Design
from alliance_sim.model.bond import Bond
from alliance_sim.model.configurable import configurable
from alliance_sim.model.delivery import Delivery, Perception
from alliance_sim.model.dosing import Dosing, Drug, Mdma, Psilocybin
from alliance_sim.model.groups import Groups
from alliance_sim.model.instruments import Instrument, Instruments, OutcomeScale, SymptomScale
from alliance_sim.model.integration import Integration
from alliance_sim.model.learning import Learning
from alliance_sim.model.openness import Openness
from alliance_sim.model.policies import Policies, PolicyNumbers
from alliance_sim.model.ratings import RatingColour
from alliance_sim.model.registry import record
from alliance_sim.model.retention import Retention
from alliance_sim.model.rupture import Rupture
from alliance_sim.model.strain import Strain
from alliance_sim.model.symptoms import Symptoms


@configurable
class Parameters:
    """All parameters of the laws, a group a law file."""

    delivery: Delivery = field(default_factory=Delivery)
    perception: Perception = field(default_factory=Perception)
    bond: Bond = field(default_factory=Bond)
    rupture: Rupture = field(default_factory=Rupture)
    openness: Openness = field(default_factory=Openness)
    psilocybin: Psilocybin = field(default_factory=Psilocybin)
    mdma: Mdma = field(default_factory=Mdma)
    dosing: Dosing = field(default_factory=Dosing)
    integration: Integration = field(default_factory=Integration)
    blinding: Blinding = field(default_factory=Blinding)
    symptoms: Symptoms = field(default_factory=Symptoms)
    retention: Retention = field(default_factory=Retention)
    strain: Strain = field(default_factory=Strain)
    ratings: RatingColour = field(default_factory=RatingColour)
    sensing: Sensing = field(default_factory=Sensing)
    policies: Policies = field(default_factory=Policies)
    learning: Learning = field(default_factory=Learning)
    groups: Groups = field(default_factory=Groups)
    instruments: Instruments = field(default_factory=Instruments)


class Numbers(NamedTuple):
    """The parameters that the laws of one world read, as they receive them: `p`.

    At run time each group is the named tuple of its numbers (`registry.record`): floats, arrays or lanes. The types
    name the fields that a law may read.
    """

    delivery: Delivery
    perception: Perception
    bond: Bond
    rupture: Rupture
    openness: Openness
    drug: Drug  # the drug this protocol gives
    dosing: Dosing
    integration: Integration
    blinding: Blinding
    symptoms: Symptoms
    retention: Retention
    strain: Strain
    ratings: RatingColour
    sensing: Sensing
    policies: PolicyNumbers
    learning: Learning
    groups: Groups
    design: Design  # what the trial's design tells
    primary: SymptomScale  # the outcome scale
    secondary: SymptomScale
    wemwbs: OutcomeScale
    wai_sr: Instrument
    wai_sr_clinician: Instrument
    star_p: Instrument
    ebi: Instrument
    meq30: Instrument
    asc_boundlessness: Instrument
    ceq: Instrument


def numbers(
    p: Parameters,
    drug: Drug | None = None,
    design: Design = UNDISCLOSED,
    primary: SymptomScale | None = None,
    secondary: SymptomScale | None = None,
    record: Callable[[Any], Any] = record,
) -> Numbers:
    """All numbers the laws of a session need, as floats.

    Args:
        p: All parameters.
        drug: The drug given; psilocybin unless given, which is unused where none is.
        design: What the trial's design tells its patients.
        primary: The outcome scale, the MADRS unless given.
        secondary: The second outcome scale, the same unless given.
        record: Turns a parameter group into its named tuple; an engine may pass one that remembers.
    """
    scales = p.instruments
    return Numbers(
        delivery=record(p.delivery),
        perception=record(p.perception),
        bond=record(p.bond),
        rupture=record(p.rupture),
        openness=record(p.openness),
        drug=record(drug or p.psilocybin),
        dosing=record(p.dosing),
        integration=record(p.integration),
        blinding=record(p.blinding),
        symptoms=record(p.symptoms),
        retention=record(p.retention),
        strain=record(p.strain),
        ratings=record(p.ratings),
        sensing=record(p.sensing),
        policies=PolicyNumbers(*(record(getattr(p.policies, name)) for name in PolicyNumbers._fields)),
        learning=record(p.learning),
        groups=record(p.groups),
        design=design,
        primary=record(primary or scales.madrs),
        secondary=record(secondary or scales.madrs),
        wemwbs=record(scales.wemwbs),
        wai_sr=record(scales.wai_sr),
        wai_sr_clinician=record(scales.wai_sr_clinician),
        star_p=record(scales.star_p),
        ebi=record(scales.ebi),
        meq30=record(scales.meq30),
        asc_boundlessness=record(scales.asc_boundlessness),
        ceq=record(scales.ceq),
    )
