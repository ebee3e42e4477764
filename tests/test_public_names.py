"""Public names by package: all of them resolve, none is hidden by a module, and none costs an import of torch."""

import importlib
import pkgutil
import subprocess
import sys

import pytest
import yaml

import physlearn
from physlearn.lab.build import locate
from physlearn.lab.config import config_folder
from physlearn.lazy import public_names

NOT_PHYSICS = ("lab", "tasks")
PACKAGES = sorted(
    entry.name for entry in pkgutil.iter_modules(physlearn.__path__) if entry.ispkg and entry.name not in NOT_PHYSICS
)


def modules_of(package):
    return {entry.name for entry in pkgutil.iter_modules(package.__path__)}


def hidden(package):
    """Public names that the import of a module of the same name would hide."""
    return sorted(set(package.__all__) & modules_of(package))


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_name_is_there_and_no_module_hides_it(name):
    package = importlib.import_module(f"physlearn.{name}")
    assert package.__all__ == sorted(set(package.__all__))
    assert package.__all__
    assert not hidden(package)
    for module in modules_of(package):
        importlib.import_module(f"physlearn.{name}.{module}")
    for public in package.__all__:
        found = getattr(package, public)
        assert callable(found)
        assert found.__name__ == public
        assert found.__module__.startswith(f"physlearn.{name}.")  # its own, not what one of its modules imports
    assert set(package.__all__) | {"__name__"} <= set(dir(package))


def test_a_module_of_the_same_name_would_hide_a_public_one(tmp_path, monkeypatch):
    """The control: such a package gives its module in place of the function once the module is imported."""
    folder = tmp_path / "thrown_away"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from physlearn.lazy import public_names\n"
        '__getattr__, __dir__, __all__ = public_names(__name__, {"swap": "swap", "other": "swap"})\n'
    )
    (folder / "swap.py").write_text("def swap():\n    return 1\n\n\ndef other():\n    return 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    package = importlib.import_module("thrown_away")
    assert hidden(package) == ["swap"]
    assert package.other() == 2
    assert not callable(package.swap)


def test_a_name_that_is_not_public_is_named():
    get, names, listed = public_names("physlearn.dynamics", {"Langevin": "langevin"})
    assert listed == ["Langevin"]
    assert "Langevin" in names()
    assert get("Langevin").__module__ == "physlearn.dynamics.langevin"
    with pytest.raises(AttributeError, match=r"module 'physlearn\.dynamics' has no attribute 'Langevn'"):
        get("Langevn")
    with pytest.raises(ImportError, match="Langevn"):
        from physlearn.dynamics import Langevn  # noqa: F401


def test_packages_and_key_rules_need_no_torch():
    words = "; ".join(f"import physlearn.{name}; dir(physlearn.{name})" for name in PACKAGES)
    code = f"import sys; {words}; assert not {{'torch', 'numpy', 'scipy'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_conf_names_what_is_public_in_a_package_or_a_top_level_module():
    """So that moving a file breaks no config. What conf/system/ names are the set-ups of a task, listed there."""
    top = {entry.name for entry in pkgutil.iter_modules(physlearn.__path__) if not entry.ispkg}
    targets = set()
    for path in config_folder().rglob("*.yaml"):
        config = yaml.safe_load(path.read_text()) or {}
        nodes = [node for node in (config, *config.values()) if isinstance(node, dict)]
        targets |= {node["_target_"] for node in nodes if "_target_" in node}
    ours = {target for target in targets if target.startswith("physlearn.") and ".tasks." not in target}
    assert len(ours) > 30
    for target in ours:
        _, home, name = target.split(".")
        assert home in top or name in importlib.import_module(f"physlearn.{home}").__all__, target
        assert callable(locate(target))
