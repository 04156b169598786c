"""What every record says of a study: what it is, what was run, by which version, and how to make it again."""

import datetime
import functools
from typing import Any, NamedTuple

from alliance_sim.analysis.opened import Opened
from alliance_sim.report import wording
from alliance_sim.report.command import command
from alliance_sim.report.records.given import Given
from alliance_sim.study.designs import FILES
from alliance_sim.study.identity import laws_key
from alliance_sim.study.point_worlds import worlds_of
from alliance_sim.study.records import DamagedError
from alliance_sim.study.verify import Verdict, verify
from alliance_sim.world.scenario import Scenario


class Run(NamedTuple):
    """One run of a study."""

    name: str  # of its file, without ending
    began: datetime.datetime | None  # None where its file says no time
    ended: datetime.datetime | None
    held: dict[str, Any]

    @property
    def software(self) -> tuple[str, str]:
        """Version and commit of alliance_sim; empty where not known."""
        return str(self.held.get("package") or ""), str(self.held.get("commit") or "")


class Facts:
    """A study, its folder, and what was typed of it."""

    def __init__(self, opened: Opened, given: Given) -> None:
        """Check the folder.

        Raises:
            FolderError: A file of it is damaged.
        """
        self.opened, self.given = opened, given
        self.study, self.base, self.held = opened.study, opened.base, opened.held
        self.verdict: Verdict = verify(self.held.folder)
        if self.verdict.damaged:
            file, _, why = self.verdict.damaged[0].partition(" ")
            raise DamagedError(file, why, self.held.folder, self.verdict.advice)

    @property
    def digest(self) -> str:
        """Digest of the trials, as `alliance-sim verify` prints it."""
        return self.verdict.digest

    @property
    def missing(self) -> int:
        """Trials that the study asks for and the folder does not hold."""
        return self.verdict.wanted - self.verdict.trials

    @functools.cached_property
    def failures(self) -> Any:
        """The trials that failed: a frame."""
        return self.held.failures

    @property
    def failed(self) -> str:
        """Which trials failed and why; empty where none did."""
        return wording.failed(self.failures) if len(self.failures) else ""

    @functools.cached_property
    def runs(self) -> list[Run]:
        """The runs in their order."""
        from alliance_sim.study.reading import run_files

        files = run_files(self.held.folder)
        return [Run(path.stem, *_span(held), held) for path, held in zip(files, self.held.runs, strict=True)]

    @functools.cached_property
    def command(self) -> tuple[str, bool]:
        """The command that runs the study again, and whether it is the whole study."""
        return command(self.study)

    @property
    def version(self) -> str:
        """Version of alliance_sim that wrote the folder last."""
        return str(self.held.manifest.get("package", "unknown"))

    @property
    def commit(self) -> str:
        """Commit of its sources; empty where not known."""
        return str(self.held.manifest.get("commit") or "")

    @property
    def laws(self) -> str:
        """Hash of the sources that decide the numbers."""
        return str(self.held.manifest["laws"])

    @property
    def of_these_laws(self) -> bool:
        """Whether the results were computed by the laws of the version that writes the records."""
        return self.laws == laws_key()

    @functools.cached_property
    def varied(self) -> dict[str, str]:
        """The keys that a design of points sets, each with its levels or its range; empty for arms."""
        return {} if self.study.design.of_arms else {one.key: one.values[0] for one in wording.of_points(self.opened)}

    @property
    def arms_keys(self) -> list[str]:
        """The keys that arms set; empty for a design of points, which varies one of them."""
        arms = self.study.arms.values() if self.study.design.of_arms else ()
        return list(dict.fromkeys(key for values in arms for key in values))

    @functools.cached_property
    def worlds(self) -> dict[str, Scenario]:
        """Each arm's world; of a design of points the base arm's, or one for each choice of files that points name."""
        named = [key for key in self.varied if key in FILES]
        if not named:
            return self.opened.scenarios
        frame, worlds = self.opened.design, worlds_of(self.base, self.study.asked())
        first = frame.drop_duplicates(named).to_dict("records")
        return {" with ".join(f"{key}={row[key]}" for key in named): worlds[row["point"]] for row in first}

    @property
    def day(self) -> str:
        """Day of publication as typed, else the one on which the last run ended; 1970-01-01 where no run says one."""
        ended = [run.ended for run in self.runs if run.ended]
        return self.given.date or (max(ended).date().isoformat() if ended else "1970-01-01")

    @property
    def points(self) -> int:
        """How many arms or points were asked for."""
        return len(self.opened.design)


def _span(held: dict[str, Any]) -> tuple[datetime.datetime | None, datetime.datetime | None]:
    try:
        began = datetime.datetime.fromisoformat(held["began"])
        if began.tzinfo is None:
            return None, None
        return began, began + datetime.timedelta(seconds=held["seconds"])
    except (ValueError, OverflowError):
        return None, None
