"""Help texts; what they list they read from the configuration folder and from the questions there are."""

from typing import NamedTuple

from alliance_sim import questions
from alliance_sim.world.places import GROUPS, names

BESIDE = 29  # characters before what a word of the help means


class Command(NamedTuple):
    """One command."""

    summary: str
    text: str


ALL = """\
alliance-sim COMMAND key=value …

How clinicians' behaviour changes what patients gain from a published treatment, in simulated people.

{commands}

alliance-sim COMMAND --help says more; alliance-sim --version names the version.
First steps: alliance-sim run replicates=20
             alliance-sim story patient=17 counterfactual=strong
             alliance-sim parameters empathy
"""
CHOICES = """\
  protocol=NAME              {protocol}
  patients=NAME              {patients}
  clinicians=NAME            {clinicians}
  experiment=NAME            {experiment}
  protocol.drug=none         the same sessions without the drug
  patients.number=60         patients in a trial
  clinicians.empathy.mean=…  any parameter: alliance-sim parameters lists them
  seed=…                     seed of every draw
"""
RUN = """\
alliance-sim run key=value …

Run a study and write its results: the case study experiment=alliance unless another is named.

{choices}  replicates=200             simulated trials a point
  arms.NAME='{{KEY: VALUE}}'   one more arm, such as arms.kind='{{clinicians.empathy.mean: 0.8}}'
  arms='{{A: {{…}}, B: {{…}}}}'    these arms in place of the experiment's
  base_arm=NAME              the arm that others are compared with, or that another design varies
  design=NAME                which worlds are run: {design}
  design.over='[KEY, KEY]'   keys that a design varies, over their ranges in alliance-sim parameters
  design.ranges='{{KEY: [LOW, HIGH]}}'    narrower ranges
  design.levels='{{KEY: [A, B, C]}}'      values one by one, of a grid or one at a time; or design.steps=3
  design.together='[[KEY, KEY]]'          keys that move in step, level by level
  design.blocks='[[KEY, KEY], [KEY]]'     grids one after another, each of its keys alone
  design.points=64           points of a Latin hypercube, base points of a Sobol design
  design.file=points.csv     points of your own: dotted keys as columns, CSV or Parquet
  dry_run=true               say how large the study is and how long it takes, and stop
  engine=auto                auto, mesa, numpy or lanes: the same results at other speeds
  keep=sessions              how much to write: trials, patients or sessions (figures need sessions)
  executor=NAME              who computes: {executor}; executor.workers=2, executor.address=tcp://HOST:8786
  shard=i/n                  run part i of n of the study, such as in a job array; all parts share one folder
  precision.target=0.1       add replicates until no Monte Carlo error of precision.measure=change is larger,
                             of its means or differences (precision.estimand), or precision.max_replicates are run
  contrast=KEY               how far each level of a key that the design varies moves the outcomes from the first one
  by=KEY                     at each level of another, and how these effects differ (interactions); by='KEY, KEY'
  ask='[QUESTION, QUESTION]' answer further questions, each in a sentence, a short table, and whole tables in answers/:
{questions}
  out=FOLDER                 where results go; outputs/EXPERIMENT unless given
  figures=false              draw none

  --config-dir FOLDER        find files of your own there too: protocol/, patients/, clinicians/, experiment/, design/
  --cfg job                  show the composed configuration and stop; --package KEY a part of it
  -m                         several values a key, one run each: alliance-sim run -m protocol=mapp,comp001

Run in the same folder again, it computes only what is missing: it goes on after an interruption, and more replicates
or points add to what is there.

Exit code: 0 done, 1 a trial failed, 2 refused, 70 a fault of the program, 130 interrupted.
"""
STORY = """\
alliance-sim story key=value …

Tell one simulated patient's way through treatment, as text and figure.

  patient=0                  which patient, from 0
  replicate=0                of which simulated trial, from 0
  arm=NAME                   in which arm; the base arm unless given
  counterfactual=NAME        the same patient with the clinicians of another arm or clinicians group
  out=FOLDER                 where the figure goes; outputs/story unless given
  figures=false              draw none
{choices}"""
PARAMETERS = """\
alliance-sim parameters [PATTERN]

List every parameter with symbol, default, unit, range, prior, source and meaning; with PATTERN those whose
key, meaning or source contains it.
"""
REPORT = """\
alliance-sim report FOLDER [out=FILE]

Write one page of a results folder: question, answer and the figure that shows it; then design, findings, tables,
figures with their numbers to download as CSV, precision, provenance, limits. It is complete in itself: any browser
opens it without a network. It lies in FOLDER/report.html unless out names another file.

Exit code: 0 done, 2 no results.
"""
PLOT = """\
alliance-sim plot FOLDER figure=NAME [out=FILE]

Draw one figure of a results folder, in FOLDER/figures unless out names a file ending in .png, .svg or .pdf. Without a
name, or with one that is not there, it lists the figures that the folder's results allow.

Exit code: 0 done, 2 no such figure or no results.
"""
EXPORT = """\
alliance-sim export FOLDER to=csv|xlsx|parquet [tables='[TABLE, TABLE]'] [out=PLACE]

Write the tables of a results folder for R, Excel and other programs; each row carries the name of its arm.

  to=csv                     a folder of CSV files: FOLDER/csv unless out names another
  to=parquet                 a folder of Parquet files: FOLDER/parquet
  to=xlsx                    a workbook, a sheet each table: FOLDER/results.xlsx
  tables='[trials, design]'  some of design, trials, patients, sessions, summary, answers, or an answer's own name; all
                             unless given. The table columns is always there: it says what each column is

An earlier export in the same place is replaced; anything else is left alone. Sheets take 1,048,575 rows.

Exit code: 0 done, 2 no results, or they cannot be exported so.
"""
VERIFY = """\
alliance-sim verify FOLDER

Compare every file that results are read from with its checksum, and print one digest of the content. Two folders that
hold the same trials have the same digest, however the work was cut, ordered, interrupted or spread over threads.

Exit code: 0 whole, 1 a file is damaged, 2 no results.
"""
RECORDS = """\
alliance-sim records FOLDER [author='NAME ORCID; …'] [license=CC-BY-4.0] [code=ADDRESS] [date=DAY] [out=…]

Write what a journal asks for, from a results folder alone:

  ro-crate-metadata.json     the folder as a Process Run Crate 0.5: which run of which version made which file
  records/ademp.md           aims, data-generating mechanism, estimands, methods, performance measures
  records/stress-abs.md      the STRESS-ABS checklist, every item answered
  records/calibration.md     what of the model is fitted, published, assumed, and what is predicted
  records/methods.md         a paragraph with version, seed, digest and replicates
  records/parameters.csv     every parameter in force, its value and what it rests on
  records/references.bib     the works that they rest on

  author=, license=          what only you can say; nothing is taken from the machine
  code=ADDRESS               where the code is archived
  date=2027-01-31            day of publication; the day of the last run unless given
  out=FOLDER                 where the records go, but for the crate's file; FOLDER/records unless given
  overwrite=true             write over records that were changed by hand

verify says when the records are of another state of the folder. Exit code: 0 done, 2 refused or damaged.
"""
PRECISION = """\
alliance-sim precision FOLDER [measure=change] [target=0.1]

Say how many replicates a Monte Carlo standard error needs, for every mean and every difference from a comparator, with
common random numbers (as studies draw) and with draws of its own for every point. The target is in the measure's unit,
for shares in percentage points; without it, what the largest error is now.
"""
CALIBRATE = """\
alliance-sim calibrate key=value …

Fit the calibrated parameters to the published numbers of alliance_sim/calibration/evidence/calibration.csv,
and to nothing else.
Then check the posterior: known numbers sought in synthetic data, coverage, misfit, every trial left out in turn.
Takes about twenty minutes; the same command goes on where it was stopped, and always gives the same posterior.

  particles=1000             draws of the posterior
  checks=false               check nothing
  seed=…                     seed of every draw
  out=FOLDER                 where results go; outputs/calibration unless given
"""
FIT = """\
alliance-sim fit data=FILE over='[KEY, KEY]' key=value …

Find which values of a few keys give trials like yours: an approximate posterior of up to six keys from simulated trials
of the data's size and schedule, under the priors of alliance-sim parameters. It says which keys the data inform (their
90 % interval is at most half as wide as the prior's), which two they cannot tell apart, how often known keys are found
again in simulated trials, and whether the model can show such data at all. No row of the data is written anywhere.

  data=FILE                  your scores, as for alliance-sim compare; data.columns, data.arms, data.anchor as there
  over='[KEY, KEY]'          numbers of clinicians, patients or parameters: alliance-sim parameters lists them
  fit.ranges='{{KEY: [LOW, HIGH]}}'       narrower ranges; needed where the registry has no prior and a wide range
  fit.draws=16384            trials that are simulated
  parameters=posterior       draw the other calibrated keys from their posterior, instead of leaving them as set
  out=FOLDER                 where results go; outputs/fit unless given
  figures=false              draw none
{choices}  arms='{{A: {{…}}, B: {{…}}}}'    the arms that the data's are, by name, as for run

It writes posterior.csv, correlations.csv, densities.csv, draws.parquet, conf/parameters/fit.yaml, report.html and
figures, and prints the command that runs the study with the posterior's means.

Exit code: 0 done, 2 refused, 130 interrupted: nothing is written.
"""
VALIDATE = """\
alliance-sim validate key=value …

Show every published number beside what trials of the same size show in the model, with 95 % prediction intervals over
the posterior: what was fitted and what is predicted apart, each miss with its reason. Then which numbers the evidence
identifies, and what moves the difference between strong and weak bonds most. Takes a minute or two.

  posterior=FILE             the posterior to validate; the one of the present defaults unless given
  batches=40                 batches of 16 draws of the posterior, each with 16 trials of its own
  seed=…                     seed of every draw
  out=FOLDER                 where tables and figures go; outputs/validation unless given
  figures=false              draw none
"""
COMPARE = """\
alliance-sim compare data=FILE key=value …

Lay a trial of your own beside simulated trials of its size and schedule: as many patients an arm, seen on the same
days, with the same scores missing and, where the data name them, as many clinicians. Each mean, SD, change, response,
correlation and difference gets its place among the simulated trials (two-sided predictive p), and all together one.

  data=trial.csv             .csv (commas, semicolons or tabs; decimal commas), .parquet or .xlsx, a row for each
                             patient and day, or for each score: patient; day, date or session; arm, clinician; and
                             any of MADRS, QIDS-SR-16, GRID-HAMD, HAM-A, CAPS-5, WEMWBS, WAI-SR, STAR-P, EBI, MEQ30,
                             CEQ, dropout
  data.columns='{{patient: ID, madrs: "MADRS total"}}'    which column holds what, where its name does not say it
  data.arms='{{A: base, B: low}}'    which arm of the study each arm of the data is
  data.anchor=enrolment      what days are counted from: enrolment or last_dose
  data.window=3              days by which a row may miss the day of the protocol that it counts for
  data.entry=true            give simulated patients mean and SD of your baseline; else they are as ill as the study's
  data.sheet=NAME            sheet of a spreadsheet
  replicates=400             simulated trials
  arms.low='{{protocol.doses: [1]}}'    one more arm of the study, beside base; or experiment=NAME
  parameters=posterior       parameters at draws of the posterior
{choices}  out=FOLDER                 where table, figures and page go; outputs/compare unless given
  figures=false              leave the figures' own files out

Nothing leaves this machine, and no row of the data goes into the folder: every number there is of 5 patients or more.

Exit code: 0 done, 2 refused.
"""
WARMUP = """\
alliance-sim warmup

Compile the model for the lanes engine and for Mesa agents and keep the machine code for the next runs. Takes about
a minute; without it the first large study or Mesa trial does the same. Set ALLIANCE_SIM_CACHE to keep it elsewhere.
"""

CLASSROOM = """\
alliance-sim classroom [out=FILE]

Write the classroom as one file: two clinicians side by side meet the same simulated patients. Any browser opens it,
without a network and without this program; mail it, or give it from hand to hand. It runs this engine, so its numbers
are those of alliance-sim run. It lies in classroom.html unless out names another file.

Exit code: 0 done, 2 refused.
"""
APP = """\
alliance-sim app key=value …

Open the classroom in a browser: two clinicians side by side meet the same simulated patients. Ctrl+C closes it.

  host=127.0.0.1             address it listens on: only this machine. host=0.0.0.0 lets phones on the same network join
                             and prints the addresses to type, and a QR code of the first; host=:: with IPv6 too
  port=8000                  its port; 0 takes any free one
  open=true                  open a browser window

It answers only at the addresses that it prints, and bounds what one client may take. The QR code needs the extra:
pip install "alliance-sim[app]". Exit code: 0 closed, 2 refused.
"""

COMMANDS = {
    "run": Command("run a study: outcomes by arm or point, paired contrasts, figures, Parquet", RUN),
    "report": Command("write one page of a study's results, complete in itself", REPORT),
    "plot": Command("draw one figure of a study's results", PLOT),
    "story": Command("tell one simulated patient's way through treatment", STORY),
    "parameters": Command("list every parameter with unit, range, prior and source", PARAMETERS),
    "export": Command("write the tables of a study as CSV, Excel or Parquet, for R and other programs", EXPORT),
    "verify": Command("check a results folder and print one digest of its content", VERIFY),
    "records": Command("write what a journal asks for: crate, ADEMP, STRESS-ABS, methods, references", RECORDS),
    "precision": Command("say how many replicates a wished Monte Carlo error needs", PRECISION),
    "calibrate": Command("fit the model to published trials: the best point and a sample of the posterior", CALIBRATE),
    "fit": Command("find which values of a few keys give trials like yours", FIT),
    "validate": Command("show every published number beside the simulated one, fitted and predicted apart", VALIDATE),
    "compare": Command("lay your own data beside simulated trials of their size and schedule", COMPARE),
    "warmup": Command("compile ahead, so that large studies and Mesa trials start at once", WARMUP),
    "classroom": Command("write the classroom as one file, which any browser opens without a network", CLASSROOM),
    "app": Command("open the classroom: two clinicians, the same patients, in a browser", APP),
}


def commands() -> str:
    """What there is to type."""
    return ALL.format(commands="\n".join(f"  {name:<12}{command.summary}" for name, command in COMMANDS.items()))


def of(command: str) -> str:
    """The help of one command, naming every choice there is."""
    known = {kind: ", ".join(names(kind)) for kind in GROUPS}
    return COMMANDS[command].text.format(choices=CHOICES.format(**known), questions=_questions(), **known)


def _questions() -> str:
    """Every question, a line each."""
    wide = max(map(len, questions.names())) + 2
    lines = []
    for name in questions.names():
        said = "; ".join(part[0].lower() + part[1:] for part in questions.about(name) if part)
        lines.append(f"{'':{BESIDE}}{name:<{wide}}{said}")
    return "\n".join(lines)
