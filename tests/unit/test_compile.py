"""How laws become machine code, and that machine code is never older than the laws."""

import logging
import math
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numba
import numpy as np
import pytest
from numba import types
from numba.extending import overload

from alliance_sim.engine import compile as compiling
from alliance_sim.engine.compile import cache_folder, kernel, register, sources_key
from alliance_sim.model import maths


@pytest.fixture
def fresh_cache(monkeypatch):
    """Forget which cache folder was chosen, before the test and after it; no folder is set by the user."""
    for name in ("ALLIANCE_SIM_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    cache_folder.cache_clear()
    yield
    cache_folder.cache_clear()


@pytest.fixture
def package(tmp_path):
    """A copy of the least package that can compile: maths, the compiler and one kernel."""
    package = tmp_path / "alliance_sim"
    for name in ("model/maths.py", "engine/compile.py"):
        (package / name).parent.mkdir(parents=True)
        shutil.copy(compiling.PACKAGE / name, package / name)
    for name in ("__init__.py", "model/__init__.py", "engine/__init__.py"):
        (package / name).write_text("")
    (package / "model" / "growth.py").write_text(
        "from alliance_sim.model.maths import law\n\n\n@law\ndef grown(x):\n    return 2.0 * x\n"
    )
    (package / "engine" / "growing.py").write_text(
        "from alliance_sim.engine.compile import kernel\nfrom alliance_sim.model.growth import grown\n\n\n"
        "@kernel\ndef grow(x):\n    return grown(x)\n\n\n"
        "print(grow(3.0), sum(grow.stats.cache_hits.values()))\n"
    )
    return package


# ------------------------------------------------------------------------------------------------ compiling


def test_registering_twice_is_the_same_as_once():
    register()
    before = set(compiling._registered)
    register()
    assert compiling._registered == before
    assert before >= {*maths.PRIMITIVES, *maths.LAWS}


def test_every_primitive_has_a_compiled_form():
    assert set(compiling._OVERLOADS) == set(maths.PRIMITIVES)


def test_a_law_listed_after_the_first_kernel_is_compiled_by_the_next(monkeypatch):
    monkeypatch.setattr(maths, "LAWS", list(maths.LAWS))

    @maths.law
    def late(x):
        return maths.exp(x) + 1.0

    @kernel
    def use(x):
        return late(x)

    assert use(0.0) == late(0.0) == 2.0


def test_division_by_zero_in_a_kernel_is_infinite_as_in_numpy():
    @kernel
    def divide(a, b):
        return a / b

    assert divide(1.0, 0.0) == math.inf


def test_primitives_give_the_same_bits_compiled_as_plain():
    @kernel
    def of_float(x):
        return maths.float_bits(x), maths.bits_float(maths.float_bits(x)), maths.sqrt(x)

    @kernel
    def of_word(word):
        return maths.as_word(word), maths.bits_float(word)

    for x in (0.0, -0.0, 1.0, -2.0, 5e-324, math.inf, -math.inf, 3):
        number, same, root = of_float(x)
        assert number == maths.float_bits(x)
        assert same.hex() == float(x).hex()
        assert float(root).hex() == float(maths.sqrt(x)).hex()
    for word in (0, 1, 2**62, 2**63, 2**64 - 1):
        whole, number = of_word(np.uint64(word))
        assert whole == maths.as_word(word) == word
        assert float(number).hex() == float(maths.bits_float(word)).hex()


def test_a_choice_between_words_stays_a_word_to_the_last_bit():
    @kernel
    def choose(condition, word):
        return maths.where(condition, word, 0)

    word = np.uint64(2**63 + 1)
    assert choose(True, word) == maths.where(True, word, 0) == 2**63 + 1
    assert choose(False, word) == maths.where(False, word, 0) == 0


def test_a_choice_between_a_number_and_a_whole_number_is_a_number():
    @kernel
    def choose(condition, x):
        return maths.where(condition, x, 1)

    assert choose(True, 0.5) == 0.5
    assert choose(False, 0.5) == 1.0


def test_words_of_any_integer_type_give_the_same_draw_in_a_kernel():
    @kernel
    def draw(agent, seed):
        return maths.philox(agent, 0, np.uint32(3), 4, seed, 6)

    expected = maths.philox(1, 0, 3, 4, 5, 6)
    assert draw(1, 5) == draw(np.uint64(1), 5) == draw(np.int32(1), np.uint64(5)) == expected


def test_another_value_type_can_bring_its_own_primitives():
    @kernel
    def root(x):
        return maths.sqrt(x)

    assert root(4.0) == 2.0

    @overload(maths.sqrt)
    def sqrt_of_pair(x):
        if isinstance(x, types.UniTuple):
            return lambda x: (math.sqrt(x[0]), math.sqrt(x[1]))
        return None

    @kernel
    def pair_root(x):
        return maths.sqrt(x)

    assert pair_root((4.0, 9.0)) == (2.0, 3.0)
    assert pair_root(16.0) == 4.0


def test_a_kernel_runs_in_several_threads_at_once():
    @kernel
    def wait_for(flag, own, other):
        flag[own] = 1
        for spin in range(10**10):
            if flag[other] == 1:
                return spin >= 0
            flag[2] += 1
        return False

    flag = np.zeros(3, dtype=np.int64)
    flag[1] = 1
    assert wait_for(flag, 0, 1)  # compiled
    flag[:] = 0
    met = []
    threads = [threading.Thread(target=lambda own=own: met.append(wait_for(flag, own, 1 - own))) for own in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == [True, True]


def test_a_function_without_a_file_is_compiled_too():
    namespace = {"exp": maths.exp}
    exec("def typed(x):\n    return exp(x)", namespace)
    assert kernel(namespace["typed"])(0.0) == 1.0


# --------------------------------------------------------------------------------------- the key of sources


def test_the_key_is_16_hexadecimal_digits_and_the_same_for_the_same_sources(package, tmp_path):
    key = sources_key(package)
    assert len(key) == 16
    assert set(key) <= set("0123456789abcdef")
    assert sources_key(shutil.copytree(package, tmp_path / "elsewhere")) == key
    assert sources_key() == sources_key()


@pytest.mark.parametrize("name", ["model/maths.py", "model/growth.py", "engine/compile.py", "engine/growing.py"])
def test_editing_a_law_or_an_engine_changes_the_key(package, name):
    before = sources_key(package)
    source = package / name
    source.write_text(source.read_text().replace("2.0", "3.0") + "\n")
    assert sources_key(package) != before


def test_adding_or_renaming_a_law_changes_the_key(package):
    keys = {sources_key(package)}
    (package / "model" / "new.py").write_text("")
    keys.add(sources_key(package))
    (package / "model" / "new.py").rename(package / "model" / "newer.py")
    keys.add(sources_key(package))
    assert len(keys) == 3


def test_editing_anything_else_leaves_the_key(package):
    before = sources_key(package)
    (package / "cli.py").write_text("print()")
    (package / "model" / "notes.txt").write_text("note")
    assert sources_key(package) == before


def test_another_compiler_changes_the_key(monkeypatch):
    before = sources_key()
    monkeypatch.setattr(numba, "__version__", "0.0")
    another_numba = sources_key()
    monkeypatch.setattr(np, "__version__", "0.0")
    assert len({before, another_numba, sources_key()}) == 3


def test_editing_a_law_changes_the_result_though_the_kernel_was_cached(package, tmp_path):
    def run():
        answer = subprocess.run(
            [sys.executable, "-W", "error", "-m", "alliance_sim.engine.growing"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path), "ALLIANCE_SIM_CACHE": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        result, cache_hits = answer.stdout.split()
        return float(result), int(cache_hits)

    assert run() == (6.0, 0)
    assert run() == (6.0, 1)
    law = package / "model" / "growth.py"
    law.write_text(law.read_text().replace("2.0", "5.0"))
    assert run() == (15.0, 0)


# ----------------------------------------------------------------------------------------------- the folder


@pytest.mark.usefixtures("fresh_cache")
@pytest.mark.parametrize(
    ("given", "inside"),
    [
        (("ALLIANCE_SIM_CACHE",), "ALLIANCE_SIM_CACHE/alliance_sim/numba"),
        (("XDG_CACHE_HOME",), "XDG_CACHE_HOME/alliance_sim/numba"),
        (("HOME",), "HOME/.cache/alliance_sim/numba"),
        (("NUMBA_CACHE_DIR",), "NUMBA_CACHE_DIR/alliance_sim"),
        (("HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR"), "NUMBA_CACHE_DIR/alliance_sim"),
        (("NUMBA_CACHE_DIR", "ALLIANCE_SIM_CACHE"), "ALLIANCE_SIM_CACHE/alliance_sim/numba"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, tuple) else "",
)
def test_the_folder_is_the_one_the_user_names(monkeypatch, tmp_path, given, inside):
    for name in given:
        if name == "NUMBA_CACHE_DIR":  # read by Numba when it was imported
            monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / name))
        else:
            monkeypatch.setenv(name, str(tmp_path / name))
    assert cache_folder() == tmp_path / inside / sources_key()


@pytest.mark.usefixtures("fresh_cache")
def test_kernels_are_kept_in_the_folder_and_numba_is_left_as_it_was(monkeypatch, tmp_path):
    monkeypatch.setenv("ALLIANCE_SIM_CACHE", str(tmp_path))

    @kernel
    def one(x):
        return x + 1.0

    assert one(1.0) == 2.0
    assert cache_folder() in Path(one.stats.cache_path).parents
    assert list(cache_folder().rglob("*.nbi"))
    assert numba.config.CACHE_DIR == ""


@pytest.mark.usefixtures("fresh_cache")
def test_a_kernel_works_without_a_cache_where_the_folder_cannot_be_written(monkeypatch, tmp_path, caplog):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ALLIANCE_SIM_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "file"))

    with caplog.at_level(logging.WARNING):

        @kernel
        def one(x):
            return maths.exp(x)

        @kernel
        def two(x):
            return maths.exp(x) + 1.0

    assert (one(0.0), two(0.0)) == (1.0, 2.0)
    assert one.stats.cache_path is None
    (warning,) = caplog.messages
    assert "ALLIANCE_SIM_CACHE" in warning
    assert "\n" not in warning


@pytest.mark.usefixtures("fresh_cache")
def test_machine_code_is_kept_where_there_is_no_home_folder(monkeypatch, tmp_path, caplog):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    assert tmp_path in cache_folder().parents
    assert not caplog.messages


@pytest.mark.usefixtures("fresh_cache")
@pytest.mark.parametrize("level", ["alliance_sim", "alliance_sim/numba", "alliance_sim/numba/KEY"])
def test_what_others_may_have_put_into_the_folder_is_deleted_and_not_read(level, monkeypatch, tmp_path):
    monkeypatch.setenv("ALLIANCE_SIM_CACHE", str(tmp_path))
    folder = tmp_path / "alliance_sim" / "numba" / sources_key()
    folder.mkdir(parents=True)
    (folder / "planted.nbi").write_text("a pickle")
    (tmp_path / level.replace("KEY", sources_key())).chmod(0o777)
    assert cache_folder() == folder
    assert not list(folder.iterdir())
    assert all(not place.stat().st_mode & 0o022 for place in (folder, folder.parent, folder.parent.parent))


@pytest.mark.usefixtures("fresh_cache")
def test_a_folder_of_another_user_is_not_used(monkeypatch, tmp_path):
    monkeypatch.setenv("ALLIANCE_SIM_CACHE", str(tmp_path / "theirs"))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    real = Path.lstat

    def lstat(place):
        about = real(place)
        if "theirs" not in place.parts:
            return about
        return os.stat_result((*about[:4], about.st_uid + 1, *about[5:]))

    monkeypatch.setattr(Path, "lstat", lstat)
    assert tmp_path / f"alliance-sim-{os.getuid()}" in cache_folder().parents


@pytest.mark.usefixtures("fresh_cache")
def test_a_link_in_place_of_the_folder_is_not_followed(monkeypatch, tmp_path):
    monkeypatch.setenv("ALLIANCE_SIM_CACHE", str(tmp_path / "mine"))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "spare"))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "mine" / "alliance_sim").mkdir(parents=True)
    (tmp_path / "mine" / "alliance_sim" / "numba").symlink_to(tmp_path / "elsewhere")
    assert tmp_path / "spare" in cache_folder().parents


@pytest.mark.usefixtures("fresh_cache")
def test_the_four_newest_keys_are_kept_and_nothing_that_is_not_a_key_is_deleted(monkeypatch, tmp_path):
    monkeypatch.setenv("ALLIANCE_SIM_CACHE", str(tmp_path))
    root = tmp_path / "alliance_sim" / "numba"
    old = [root / f"{age:016x}" for age in range(1, 7)]  # the first is the newest
    for age, folder in enumerate(old):
        folder.mkdir(parents=True)
        (folder / "code.nbi").write_text("")
        os.utime(folder, (1e9 - age, 1e9 - age))
    others = root / "somebody_elses"
    others.mkdir()
    os.utime(others, (0, 0))

    current = cache_folder()

    assert set(root.iterdir()) == {current, *old[:3], others}


@pytest.mark.usefixtures("fresh_cache")
def test_old_keys_that_cannot_be_deleted_do_no_harm(monkeypatch, tmp_path):
    def refuse(*arguments, **options):
        raise PermissionError

    monkeypatch.setenv("ALLIANCE_SIM_CACHE", str(tmp_path))
    monkeypatch.setattr(Path, "iterdir", refuse)
    assert cache_folder().is_dir()
