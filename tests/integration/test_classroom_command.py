"""`alliance-sim classroom`: one page, complete in itself, the same wherever and whenever it is written."""

import gzip
import json
import os
import re
from pathlib import Path

import pytest

from alliance_sim.cli.entry import main
from alliance_sim.cli.texts import COMMANDS
from alliance_sim.web import classroom, menus, settings

COMMITTED = Path(__file__).parents[2] / "docs" / "classroom.html"
LARGEST, LARGEST_ZIPPED, LARGEST_OWN = 1_000_000, 300_000, 250_000  # bytes: all, all zipped, without engine and data


@pytest.fixture(scope="module")
def text() -> str:
    """The page, made anew."""
    return classroom.html()


def block(page: str, name: str) -> object:
    """A block of data of a page."""
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_committed_page_is_what_is_made_anew(text):
    assert text.encode() == COMMITTED.read_bytes(), "type: alliance-sim classroom out=docs/classroom.html"


def test_the_command_writes_the_committed_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["classroom"]) == 0
    assert capsys.readouterr().out.startswith("Classroom: classroom.html (")
    assert main(["classroom", "out=new/mine.html"]) == 0
    written = [Path(name).read_bytes() for name in ("classroom.html", "new/mine.html")]
    assert written[0] == written[1] == COMMITTED.read_bytes()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["classroom.html", "mine.html", "new"]


def test_it_is_small_and_asks_nobody_for_anything(text):
    engine = len(classroom.engine().encode())
    data = sum(len(json.dumps(value).encode()) for value in classroom.data().values())
    assert len(text.encode()) <= LARGEST
    assert len(gzip.compress(text.encode())) <= LARGEST_ZIPPED
    assert len(text.encode()) - engine - data <= LARGEST_OWN
    assert re.search(r"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ", text)
    outside = re.findall(r"""(?:src|href|action)=["'](?!#|data:)[^"']*""", text)
    assert not outside
    addresses = set(re.findall(r"https?://[\w./-]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # a name, not an address
    assert not re.search(
        r"\son[a-z]+=[\"']|\beval\(|new Function", re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    )


def test_its_data_is_the_configurations(text):
    setup = block(text, "setup")
    assert isinstance(setup, dict)
    assert setup == json.loads(json.dumps(menus.setup()))
    assert set(setup["policies"]) == set(menus.BUILT_IN)
    assert set(setup["protocols"]) == set(settings.data()["protocols"])
    assert set(menus.POLICIES) == set(menus.BUILT_IN), "say in menus.POLICIES what the new policy does"
    for name, own in settings.data()["protocols"].items():
        for condition, people in own["conditions"].items():
            assert setup["protocols"][name]["on"][condition]["patients"] == people["population"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["out=page.txt"], "out=page.txt is no name of a page; end it with .html."),
        (["out="], "classroom takes out= alone"),
        (["page.html"], "classroom takes out= alone"),
        (["to=page.html"], "classroom takes out= alone"),
        (["out=a.html", "out=b.html"], "classroom takes out= alone"),
        (["out=taken/page.html"], "taken/page.html cannot be written"),
        (["out=folder.html"], "folder.html is no file that can be written"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(words, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("taken").write_text("a file")
    Path("folder.html").mkdir()
    before = sorted(os.listdir())
    assert main(["classroom", *words]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert sorted(os.listdir()) == before


def test_what_stands_there_stays_where_the_new_page_cannot_be_finished(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("classroom.html").write_text("the old one")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["classroom"]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert Path("classroom.html").read_text() == "the old one"
    assert os.listdir() == ["classroom.html"]


def test_the_list_of_commands_and_its_help_name_it(capsys):
    assert "classroom" in COMMANDS
    assert main([]) == 0
    assert re.search(r"^  classroom +write the classroom as one file", capsys.readouterr().out, re.MULTILINE)
    assert main(["classroom", "--help"]) == 0
    assert "out=FILE" in capsys.readouterr().out


def test_a_kept_page_of_other_sources_is_made_anew(tmp_path, monkeypatch):
    kept = tmp_path / "classroom.html"
    monkeypatch.setattr(classroom, "KEPT", (tmp_path / "nowhere.html", kept))
    monkeypatch.setattr(classroom, "html", lambda: "made anew")
    assert classroom.page() == "made anew"
    kept.write_text(f"of these sources {classroom.made_of()}", encoding="utf-8")
    assert classroom.page() == kept.read_text(encoding="utf-8")
    kept.write_text("of others <!-- made of 0123456789abcdef -->\n", encoding="utf-8")
    assert classroom.page() == "made anew"
