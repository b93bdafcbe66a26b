"""The doctor sees what is there, says what is missing, and never falls ill itself."""

import subprocess
import sys

import pytest

from lossland import doctor
from lossland.command_line import main
from lossland.doctor import Finding


def by_name(findings):
    return {finding.what: finding for finding in findings}


def test_here_all_is_well(capsys):
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert "All is well." in told
    assert "E z^4 = 3" in told
    assert "1797 images" in told


@pytest.mark.parametrize(("installed", "state", "told"), [
    ("1.25.9", "problem", "1.25.9, older than 1.26"),
    ("1.26", "ok", "1.26"),
    ("2.0.0rc1", "ok", "2.0.0rc1"),
    ("2.13.0+cpu", "ok", "2.13.0+cpu"),
    (None, "problem", "missing"),
])
def test_versions_are_compared_as_numbers(monkeypatch, installed, state, told):
    def version(_name):
        if installed is None:
            raise doctor.PackageNotFoundError
        return installed

    monkeypatch.setattr(doctor, "version", version)
    finding = doctor._installed("numpy", "1.26")
    assert (finding.state, finding.found) == (state, told)
    assert ("pip install" in finding.advice) == (state == "problem")


def test_a_device_that_is_not_there(monkeypatch):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    monkeypatch.setenv("LOSSLAND_DEVICE", "cuda")
    finding = by_name(doctor.examine())["device"]
    assert finding.state == "problem"
    assert "Unset LOSSLAND_DEVICE" in finding.advice


@pytest.mark.parametrize(("asked", "state", "told"), [("cpu", "ok", "CPU; everything"), ("gpu", "problem", "=gpu,")])
def test_the_device_is_the_one_that_the_package_takes(monkeypatch, asked, state, told):
    monkeypatch.setenv("LOSSLAND_DEVICE", asked)
    finding = by_name(doctor.examine())["device"]
    assert finding.state == state
    assert told in finding.found


def test_too_many_threads_are_told(monkeypatch):
    import torch

    monkeypatch.setattr(torch, "get_num_threads", lambda: 1000)
    finding = by_name(doctor.examine())["threads"]
    assert (finding.state, finding.advice.split()[1]) == ("note", "OMP_NUM_THREADS")


def test_an_old_python(monkeypatch):
    monkeypatch.setattr(doctor, "_OLDEST_PYTHON", (sys.version_info[0], sys.version_info[1] + 1))
    assert by_name(doctor.examine())["Python"].state == "problem"


def test_numbers_that_are_wrong_and_an_examination_that_fails(monkeypatch, capsys):
    from lossland.numerics import gaussian

    def broken(_function):
        raise RuntimeError("no BLAS")

    monkeypatch.setattr(gaussian, "gaussian_expectation", broken)
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "PROBLEM  numbers" in told
    assert "RuntimeError: no BLAS" in told
    assert "1 problem: see the arrow" in told
    assert "remove the folder .venv" in told


def test_optional_things_are_no_problem(monkeypatch, capsys):
    notes = [Finding("note", "jupyterlab", "missing", "pip install jupyterlab")]
    assert doctor._tell(notes) == 0
    assert "-> pip install jupyterlab" in capsys.readouterr().out


def test_what_follows_from_a_missing_package_is_told_once(monkeypatch):
    from lossland.numerics import gaussian

    def without_scipy(_function):
        raise ModuleNotFoundError("No module named 'scipy'", name="scipy")

    def version(name):
        if name == "scipy":
            raise doctor.PackageNotFoundError
        return "99"

    monkeypatch.setattr(doctor, "version", version)
    monkeypatch.setattr(gaussian, "gaussian_expectation", without_scipy)
    findings = doctor.examine()
    assert [finding.what for finding in findings if finding.state == "problem"] == ["scipy"]
    assert by_name(findings)["numbers"].found == "not looked at, since scipy is missing"


def test_the_advice_is_for_this_environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert doctor._install("numpy") == f"{sys.executable} -m pip install numpy"
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv" / "bin" / "python"))
    assert doctor._install("numpy").replace("\\", "/") == ".venv/bin/python -m pip install numpy"


def test_the_doctor_comes_where_nothing_else_can_be_imported():
    script = (
        "import sys\n"
        "for name in ('numpy', 'scipy', 'torch', 'sklearn'):\n"
        "    sys.modules[name] = None\n"
        "from lossland.command_line import main\n"
        "sys.exit(main(['doctor']))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr == ""
    assert "PROBLEM  numbers" in run.stdout
