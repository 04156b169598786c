"""What a study found, for those who work in Python: frames, answers, figures and the page."""

import dataclasses
import shutil
import time
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from alliance_sim import questions
from alliance_sim.analysis import summary
from alliance_sim.analysis.asked_contrasts import effects
from alliance_sim.analysis.opened import Opened, opened
from alliance_sim.analysis.running import Label
from alliance_sim.analysis.uncertainty import UNKNOWN
from alliance_sim.errors import AnswerError, FolderError
from alliance_sim.model.registry import nearest
from alliance_sim.study import asked
from alliance_sim.study.config import Study
from alliance_sim.study.progress import in_notebook
from alliance_sim.study.verify import verify

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from alliance_sim.figures.drawing import Drawing


class Results:
    """A study and what it found: `alliance_sim.run` and `alliance_sim.load` return it.

    Frames have a row a trial, a patient, or a session; `attrs["units"]` holds the units of their columns. The trial is
    the unit of independent variation: patients of one trial share clinicians.

    Raises:
        FolderError: A file of the folder is damaged.
        AnswerError: The study did not keep the rows that were asked for.

    Examples:
        >>> import alliance_sim
        >>> results = alliance_sim.run("alliance", ["replicates=2", "patients.number=6", "clinicians.number=3"])
        >>> results
        <Results of alliance: COMP001, depression; arms weak, typical, strong; 2 replicates × 6 patients; seed 20261122
         in memory>
        >>> len(results.patients), results.patients.attrs["units"]["change"]
        (36, 'MADRS points')
        >>> effect = results.contrasts().set_index(["arm", "versus", "measure"]).loc["strong", "weak", "wai_final"]
        >>> f"{effect['estimate']:.2f} ± {effect['mcse']:.2f} {effect['unit']}"
        '1.41 ± 0.06 WAI-SR points'
    """

    def __init__(self, opened: Opened, temporary: bool = False) -> None:
        """Take a study and its folder.

        Args:
            opened: Both.
            temporary: The folder goes when this object goes.
        """
        self._opened, self._temporary = opened, temporary
        if temporary:
            weakref.finalize(self, shutil.rmtree, opened.held.folder, ignore_errors=True)

    @property
    def study(self) -> Study:
        """The study: with the replicates that were run, and the questions that were answered since."""
        return self._opened.study

    @property
    def folder(self) -> Path | None:
        """Where the results lie; None where they lie in memory, which is a private folder that goes with them."""
        return None if self._temporary else self._opened.held.folder

    @property
    def replicates(self) -> int:
        """How many trials an arm or point were asked for."""
        return self._opened.held.replicates

    @property
    def design(self) -> pd.DataFrame:
        """One row an arm or point: its number, what it changes, its content address `id`."""
        return self._opened.held.design

    @property
    def trials(self) -> pd.DataFrame:
        """One row a trial: means over its patients, `status` and `error`."""
        return self._opened.held.trials

    @property
    def patients(self) -> pd.DataFrame:
        """One row a patient of a trial: traits, clinicians, outcomes.

        Raises:
            AnswerError: The study kept none.
        """
        asked.kind(self._opened.held, "patients")
        return self._opened.held.patients

    @property
    def sessions(self) -> pd.DataFrame:
        """One row a session or assessment of a patient: states after it, what was done, ratings, scores.

        Raises:
            AnswerError: The study kept none.
        """
        asked.kind(self._opened.held, "sessions")
        return self._opened.held.sessions

    @property
    def failures(self) -> pd.DataFrame:
        """Arm or point, replicate and error of every trial that raised."""
        return self._opened.held.failures

    @property
    def runs(self) -> list[dict[str, Any]]:
        """What each finished run says of itself: when, seconds, trials, machine, versions."""
        return self._opened.held.runs

    def read(
        self,
        kind: str,
        columns: Sequence[str] | None = None,
        replicates: int | None = None,
        labels: Sequence[Label] | None = None,
    ) -> pd.DataFrame:
        """Read a part of the rows, sorted by arm or point and replicate.

        Args:
            kind: `trials`, `patients` or `sessions`.
            columns: Which columns beside arm or point and replicate; all unless given.
            replicates: Only the first so many.
            labels: Only these arms or points.

        Raises:
            AnswerError: The study has no such rows, columns, arms or points, or an argument is of another kind.
            FolderError: A file of the folder is damaged.
        """
        held = self._opened.held
        kind = asked.kind(held, kind)
        own = asked.columns(held, kind, columns)
        return held.read(kind, own, asked.replicates(replicates), asked.labels(held, labels))

    def parts(self, kind: str, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """Read rows batch by batch, however large the study is; `id` names the point, as in `design`.

        Args:
            kind: `trials`, `patients` or `sessions`.
            columns: Which columns beside `id` and replicate; all unless given.

        Raises:
            AnswerError: The study has no such rows or columns.
            FolderError: A file of the folder is damaged.
        """
        held = self._opened.held
        kind = asked.kind(held, kind)
        own = asked.columns(held, kind, columns)
        return self._parts(kind, own)

    def _parts(self, kind: str, columns: list[str] | None) -> Iterator[pd.DataFrame]:
        yield from self._opened.held.parts(kind, columns)  # this object, and with it a private folder, stays meanwhile

    def summary(self) -> pd.DataFrame:
        """Estimate every outcome of every arm or point: means over trials.

        Returns:
            Columns arm or point, measure, estimate, mcse (Monte Carlo standard error), lower and upper (95 % Monte
            Carlo interval), unit, replicates; shares are in [0, 1]. Over draws of the posterior also what they leave
            open.
        """
        return self._estimates("outcome", ["measure"], [])

    def contrasts(self, contrast: str | Sequence[str] = (), by: str | Sequence[str] = ()) -> pd.DataFrame:
        """Estimate how arms or points differ, paired by replicate: both meet the same patients and random draws.

        Across scales no points are compared, but the standardised change; patients of two conditions are not paired.

        Args:
            contrast: A key of the design, or `arm`, or several: how far each level moves the outcomes from the first.
                Without it each arm or point is compared with its base.
            by: A key or several: the effect at each of their levels, and how these effects differ (interactions).

        Returns:
            Columns arm or point, versus, measure, estimate, mcse, lower, upper, unit, variance_reduction (how much
            shared draws cut the variance), replicates; among the measures Cohen's d, and for one more response the
            number needed to treat and the clinician hours, which have no interval; the hours stand only where the
            response surely differs. Where scales differ, `paired` says which rows are; where patients differ,
            `same_patients` says where they are the same. Empty where there is nothing to
            compare with. With `contrast` instead of arm or point and versus: kind (effect, interaction), key, level,
            reference, by, by_reference; and a note.

        Raises:
            AnswerError: The design does not hold such a contrast.

        Examples:
            >>> import alliance_sim
            >>> words = ["replicates=20", "patients.number=6", "clinicians.number=3", "design=grid"]
            >>> levels = "{clinicians.empathy.mean: [0.4, 0.8], protocol.doses: [[1], [25]]}"
            >>> results = alliance_sim.run("alliance", [*words, f"design.levels={levels}"])
            >>> found = results.contrasts("clinicians.empathy.mean", by="protocol.doses")
            >>> found.loc[found["measure"] == "wai_final", ["kind", "level", "reference", "by", "by_reference"]]
                       kind level reference                   by        by_reference
            10       effect   0.8       0.4   protocol.doses=[1]
            27       effect   0.8       0.4  protocol.doses=[25]
            44  interaction   0.8       0.4  protocol.doses=[25]  protocol.doses=[1]
        """
        compared, at = ([one] if isinstance(one, str) and one else list(one) for one in (contrast, by))
        if compared:
            return effects(self._opened, compared, at)
        if at:
            raise AnswerError(
                f"by={', '.join(at)} says at which levels an effect is taken; name the key in contrast= too."
            )
        return self._estimates("contrast", ["versus", "measure"], ["variance_reduction"])

    def _estimates(self, table: str, named_by: list[str], more: list[str]) -> pd.DataFrame:
        base, opened = self.study.base_arm, self._opened
        whole = summary.in_units(summary.tidy(opened.answers, base), opened.scenarios, base, opened.scale_names)
        own = whole[whole["table"] == table].reset_index(drop=True)
        label = str(whole.columns[1])
        columns = [label, *named_by, "estimate", "mcse", "lower", "upper", "unit", *more, "replicates"]
        paired = summary.OF_PAIRS if table == "contrast" else ()  # where some are not
        return own[[*columns, *(name for name in (*UNKNOWN, *paired) if name in own)]]

    def answer(self, question: str) -> dict[str, pd.DataFrame]:
        """Answer a further question, or read what the study answered; then it is drawn and in the report too.

        Args:
            question: Such as `mediation`; `alliance-sim run --help` lists them all.

        Returns:
            Its tables by the names that their files have in `answers/`; each row has an estimate, its error and
            interval, and a unit.

        Raises:
            ScenarioError: There is no such question, or this study cannot be asked it.
            AnswerError: The results cannot answer it.
        """
        opened, study = self._opened, self.study
        if question not in questions.names() or not opened.answered(question):
            further = dataclasses.replace(study, ask=list(dict.fromkeys([*study.ask, str(question)])))
            questions.check(further)
            began = time.perf_counter()
            opened.tables |= questions.answer(question, opened)
            seconds = round(time.perf_counter() - began, 2)
            opened.about_answers[question] = {"replicates": self.replicates, "seconds": seconds}
            opened.study = further
        found = opened.answered(question)
        return {f"{question}_{part}" if part else question: table for part, table in found.items()}

    @property
    def figures(self) -> list[str]:
        """Names of the figures that these results allow."""
        return list(self._drawings())

    def _drawings(self) -> "dict[str, Drawing]":
        from alliance_sim.report.drawings import drawings

        return drawings(self._opened)

    def plot(self, figure: str, ax: "Axes | None" = None) -> "Axes | Figure":
        """Draw a figure.

        Args:
            figure: One of `figures`.
            ax: Where to draw; a new figure unless given, which pyplot and notebooks show.

        Returns:
            The axes; of a figure of several panels, such as `bond`, the whole figure.

        Raises:
            AnswerError: There is no such figure of these results, or it has several panels and `ax` was given.
        """
        from matplotlib import pyplot
        from matplotlib.figure import Figure

        from alliance_sim.figures.theme import figure_of

        known = self._drawings()
        if figure not in list(known):
            near = nearest(str(figure), list(known)) or list(known)
            raise AnswerError(f"there is no figure {figure!r} of these results; choose one of: {', '.join(near)}.")
        made = known[figure].into(ax)
        if isinstance(made, Figure):
            if ax is not None:
                raise AnswerError(f"{figure} has panels of its own; leave ax out.")
            if in_notebook():  # shows what is returned
                return made
        if ax is None:
            whole = made if isinstance(made, Figure) else figure_of(made)
            pyplot.figure(FigureClass=lambda **_: whole)  # type: ignore[arg-type]
        return made

    def report(self, path: str | Path = "") -> Path:
        """Write one page of what was asked, done and found, complete in itself.

        Args:
            path: Where; `report.html` in the results folder, or in this one, unless given.

        Returns:
            The path.

        Raises:
            FolderError: The page cannot be written, or would be larger than it may be.
        """
        from alliance_sim.report.page import write

        place = Path(path) if path else (self.folder or Path()) / "report.html"
        write(self._opened, place)
        return place

    def export(self, to: str, out: str | Path = "", tables: Sequence[str] | None = None) -> Path:
        """Write tables for R, Excel and other programs, each row with the name of its arm.

        Args:
            to: `csv`, `xlsx` or `parquet`.
            out: Where; `csv`, `results.xlsx` or `parquet` in the results folder, or in this one, unless given.
            tables: Some of `design`, `trials`, `patients`, `sessions`, `summary`, `answers`; all unless given.

        Returns:
            The folder, or the workbook.

        Raises:
            ScenarioError: There is no such kind of file.
            AnswerError: There is no such table, or a workbook cannot hold it.
            FolderError: A file is damaged, or `out` cannot be written or holds something else than an export.
        """
        from alliance_sim.analysis.export import FILES, export

        if not out and self.folder is None:
            out = FILES.get(to, to)
        return export(self._opened, to, out, tables).place

    def records(self, overwrite: bool = False, **given: str) -> Path:
        """Write what a journal asks for into the results folder: crate, ADEMP, STRESS-ABS, methods, references.

        Args:
            overwrite: Write over records that were changed by hand.
            **given: What only a person can say: `author`, `license`, `date`, `code`, as on the command line.

        Returns:
            Where the records lie, but for the crate's `ro-crate-metadata.json`, which lies beside them.

        Raises:
            ScenarioError: What was given cannot be read.
            FolderError: The results lie in memory, are damaged, or the folder cannot be written.
        """
        from alliance_sim.report.records import given as people, writing

        if self.folder is None:
            raise FolderError("records are of a folder and these results lie in memory; run the study with out=.")
        return writing.write(self._opened, people.given(given), overwrite=overwrite).folder

    def verify(self) -> str:
        """Compare every file of results with its checksum.

        Returns:
            The digest of the content, SHA-256, as `alliance-sim verify` prints it: equal for equal trials, wherever,
            by whatever engine and in whatever order they were computed.

        Raises:
            FolderError: A file is damaged.
        """
        found = verify(self._opened.held.folder)
        if found.damaged:
            raise FolderError(f"{found.damaged[0]}; {found.advice}.")
        return found.digest

    def __repr__(self) -> str:
        from alliance_sim.report.console import opening

        said = opening(self.study, self._opened.base, len(self.design))
        missing = self._opened.held.missing
        place = "in memory" if self.folder is None else f"in {self.folder}"
        return f"<Results of {said}\n {place}{f', {missing} trials not there yet' * bool(missing)}>"

    def _repr_html_(self) -> str:
        """Outcomes and contrasts as the report shows them, for notebooks."""
        from html import escape

        from alliance_sim.report import tables, templates

        return f"<p>{escape(repr(self).strip('<>'))}</p>{templates.html(tables.outcomes(self._opened))}"


def load(folder: str | Path) -> Results:
    """Open a results folder; its frames are read when first asked for.

    Args:
        folder: What `alliance_sim.run(…, out=folder)` or `alliance-sim run out=folder` wrote.

    Raises:
        FolderError: The folder holds no results, or such that this version cannot read.

    Examples:
        >>> import alliance_sim
        >>> words = ["replicates=2", "patients.number=6", "clinicians.number=3", "figures=false"]
        >>> written = alliance_sim.run("alliance", words, out="outputs/tiny")
        >>> alliance_sim.load("outputs/tiny").verify() == written.verify()
        True
        >>> alliance_sim.load("outputs/nothing")
        Traceback (most recent call last):
            ...
        alliance_sim.errors.FolderError: outputs/nothing holds no results; name a folder that alliance-sim run wrote.
    """
    if not isinstance(folder, str | Path):
        raise FolderError(f"load takes the name of a folder, not a {type(folder).__name__}.")
    return Results(opened(folder))
