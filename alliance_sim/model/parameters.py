"""Every parameter of the laws: each group stands at the top of its law's own file, here they are put together."""

from dataclasses import field
from typing import NamedTuple

from alliance_sim.model.blinding import Blinding, Design
from alliance_sim.model.bond import Bond
from alliance_sim.model.configurable import configurable
from alliance_sim.model.delivery import Delivery, Perception
from alliance_sim.model.dosing import Dosing, Drug, Mdma, Psilocybin
from alliance_sim.model.instruments import Instrument, Instruments, OutcomeScale, SymptomScale
from alliance_sim.model.integration import Integration
from alliance_sim.model.openness import Openness
from alliance_sim.model.ratings import RatingColour
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
