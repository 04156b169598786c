"""What columns of one's own data are called: what each name stands for, and dates as people write them."""

import datetime
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from alliance_sim.model.instruments import Instrument, Instruments

PATIENT, ARM, CLINICIAN, DAY, DATE, SESSION = "patient", "arm", "clinician", "day", "date", "session"
INSTRUMENT, SCORE, DROPOUT = "instrument", "score", "dropout"
ROLES = (PATIENT, ARM, CLINICIAN, DAY, DATE, SESSION, INSTRUMENT, SCORE)
INSTRUMENTS: dict[str, Instrument] = {one.name: getattr(Instruments(), one.name) for one in fields(Instruments)}
MEASURES = (*INSTRUMENTS, DROPOUT)  # what rows may hold; dropout is 1 once a patient has left treatment
AS_TEXT = (PATIENT, ARM, CLINICIAN, DATE, INSTRUMENT)  # whatever their cells look like
# Other names, in small letters and without signs between.
_ALSO = {
    PATIENT: "patientid patientno id subject subjectid subjid usubjid participant participantid case caseid pid "
    "paciente",
    ARM: "group condition treatment trt arms armcd allocation gruppe groupe bras grupo brazo",
    CLINICIAN: "clinicianid therapist therapistid provider providerid leadtherapist leadclinician therapeut "
    "therapeutin behandler behandlerin therapeute clinicien terapeuta",
    DAY: "studyday dayofstudy ady dy days dayfromenrolment patientday tag studientag jour dia",
    DATE: "visitdate assessmentdate dateofassessment adt datum fecha",
    SESSION: "sessionno sessionnumber sessionid sitzung seance sesion",
    INSTRUMENT: "measure scale questionnaire paramcd fragebogen",
    SCORE: "scores value values points total totalscore aval wert punkte",
    DROPOUT: "droppedout dropped discontinued lefttreatment",
    "madrs": "madrstotal montgomeryasberg",
    "qids_sr_16": "qids qidssr qids16 qidstotal",
    "grid_hamd": "hamd hamd17 hdrs hdrs17 hamdtotal gridhamd17",
    "ham_a": "hamatotal hars",
    "caps_5": "caps capstotal caps5total",
    "wemwbs": "wemwbstotal warwickedinburgh",
    "wai_sr": "wai waisrpatient waipatient waip waisrp workingalliance",
    "wai_sr_clinician": "waiclinician waitherapist waisrtherapist wait waisrt",
    "star_p": "starptotal star",
    "ebi": "emotionalbreakthrough ebitotal",
    "meq30": "meq meq30total mysticalexperience",
    "asc_boundlessness": "oceanicboundlessness obn",
    "ceq": "ceqtotal challengingexperience",
}
FORMS = {  # of dates, and how people call them
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ][\d:.]+)?"): "year-month-day",
    re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"): "day.month.year",
    re.compile(r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})"): "day/month/year",
    re.compile(r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})"): "month/day/year",
}

SHORT_YEAR = re.compile(r"\d{1,2}([-./])\d{1,2}\1\d{2}(?:[T ][\d:.]+)?")
CENTURIES = (1900, 2100)  # between which the year of a visit lies


def bare(name: str) -> str:
    """A name in small letters without signs and accents: `WAI-SR (patiente)` is `waisrpatiente`."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", name.casefold()))


MEANS = {bare(role): role for role in (*ROLES, *MEASURES)}
MEANS |= {bare(about.name): name for name, about in INSTRUMENTS.items()}
MEANS |= {other: name for name, others in _ALSO.items() for other in others.split()}


def shown(measure: str) -> str:
    """How a measure is called in a sentence."""
    return INSTRUMENTS[measure].name if measure in INSTRUMENTS else measure


class DateError(ValueError):
    """Dates that cannot be read in one way only."""


def dates(cells: Sequence[Any]) -> list[int | None]:
    """Dates as day numbers; all texts are of one form.

    Raises:
        DateError: One is no date, forms are mixed, or day and month could be either; with its place in `cells`.
    """
    texts = [(place, cell) for place, cell in enumerate(cells) if isinstance(cell, str)]
    fitting = list(FORMS)
    for place, text in texts:
        left = [form for form in fitting if _day(form, text) is not None]
        if not left:
            known = any(_day(form, text) is not None for form in FORMS)
            if SHORT_YEAR.fullmatch(text):
                raise DateError(place, "has a year of two digits, which may be of either century")
            raise DateError(place, "is of another form than the dates above" if known else "is no date")
        fitting = left
    if texts and len(fitting) > 1 and len({tuple(_day(form, text) for _, text in texts) for form in fitting}) > 1:
        raise DateError(texts[0][0], "could be day/month/year or month/day/year")
    return [
        _day(fitting[0], cell) if isinstance(cell, str) else _number(cell, place) for place, cell in enumerate(cells)
    ]


def _day(form: re.Pattern[str], text: str) -> int | None:
    match = form.fullmatch(text)
    if match is None:
        return None
    if not CENTURIES[0] <= int(match["y"]) < CENTURIES[1]:
        return None
    try:
        return datetime.date(int(match["y"]), int(match["m"]), int(match["d"])).toordinal()
    except ValueError:
        return None


def _number(cell: Any, place: int) -> int | None:
    if cell is None:
        return None
    if isinstance(cell, datetime.date) and CENTURIES[0] <= cell.year < CENTURIES[1]:  # a time of day is one too
        return cell.toordinal()
    raise DateError(place, "is no date")
