"""Read off the sources with ast: imports go down, packages form no cycle, and facts about tasks stay with the tasks."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from physlearn.lab.bench import Bench
from physlearn.lab.bench_protocol import BenchProtocol
from physlearn.lab.follower import Follower
from physlearn.lab.shown import EVERY_RUN, shown

PACKAGE = Path(__file__).parent.parent / "physlearn"
TASKS = sorted(path.name for path in (PACKAGE / "tasks").iterdir() if (path / "run.py").exists())

LAYERS = (  # from the bottom up: what stands in a line imports from its own line and from those above it
    {"lazy", "ranges", "processes", "memory", "streams", "randomness"}
    | {"temperatures", "prior_families", "losses", "older_configs"},
    {"schedules", "annealing", "key_rules", "priors", "ensemble", "data", "models"},
    {"systems", "dynamics", "instruments", "likelihoods"},
    {"tempering", "pruning", "hopfield"},
    {"tasks"},
)
FIELDS = 3  # the line of the fields of physics
LAB = {
    "lazy",
    "ranges",
    "processes",
    "streams",
    "randomness",
    "older_configs",
    "__version__",
}  # all that lab/ may import; it knows no physics
MAY_IMPORT_LAB = {"tasks", "__main__"}
LOOPS = {"tasks/train/run.py: run", "tasks/temper/run.py: run", "tasks/prune/run.py: run"}  # readable in one piece
LONGEST = 60  # lines of any other function
COMPILED = tuple(
    f"dynamics/{name}.py" for name in ("spin_kernels", "ziggurat", "box_muller")
)  # numba infers their types


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def sources(*below: str) -> list[Path]:
    return sorted(PACKAGE.joinpath(*below).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def package_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(module: ast.Module) -> Iterator[str]:
    """The packages, and modules at the top, of physlearn that a module imports anywhere in it."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module == "physlearn":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("physlearn."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (name.name.split(".")[1] for name in node.names if name.name.startswith("physlearn."))


def imports() -> dict[str, set[str]]:
    """Package -> the others that it imports."""
    found: dict[str, set[str]] = {}
    for path in sources():
        found.setdefault(package_of(path), set()).update(set(imported(tree(path))) - {package_of(path)})
    return found


def level(package: str) -> int:
    """The line of LAYERS; a field of physics that is not listed stands with the others."""
    return next((i for i, layer in enumerate(LAYERS) if package in layer), FIELDS)


def upward(found: dict[str, set[str]]) -> list[str]:
    """The imports that go up, or where they must not."""
    wrong = []
    for package, others in found.items():
        if package in ("__main__", "__init__"):
            continue
        for other in others:
            allowed = other in LAB if package == "lab" else other == "lab" and package in MAY_IMPORT_LAB
            if package != "lab" and other not in ("lab", "__version__"):
                allowed = level(other) <= level(package)
            if not allowed:
                wrong.append(f"{package} imports {other}")
    return wrong


def cycle(found: dict[str, set[str]]) -> set[str]:
    """What lies on a cycle of imports, or between two of them; empty where there is none."""
    left = {package: {other for other in others if other in found} for package, others in found.items()}
    while ends := {package for package, others in left.items() if not others}:
        left = {package: others - ends for package, others in left.items() if package not in ends}
    while starts := set(left) - set().union(*left.values()):
        left = {package: others for package, others in left.items() if package not in starts}
    return set(left)


def test_imports_go_down():
    assert upward(imports()) == []


def test_control_an_import_upward_is_seen():
    found = imports()
    assert upward(found | {"models": {"dynamics"}}) == ["models imports dynamics"]
    assert upward(found | {"lab": {"pruning"}}) == ["lab imports pruning"]
    assert upward(found | {"hopfield": {"lab"}}) == ["hopfield imports lab"]


def test_packages_form_no_cycle():
    found = imports()
    assert cycle(found) == set()
    assert cycle(found | {"models": {"instruments"}}) == {"models", "instruments"}  # the control


def test_physics_knows_no_hydra():
    for path in sources():
        if package_of(path) not in ("lab", "tasks", "__main__"):
            names = {node.module for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom)}
            assert not {name for name in names if (name or "").split(".")[0] in ("hydra", "omegaconf")}, name_of(path)


def texts(module: ast.Module) -> Iterator[str]:
    """The strings of a module that are no docstrings."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def of_tasks(text: str) -> bool:
    """Whether a text is the key of a task's result, or names a task."""
    named = re.search(rf"(task=|tasks[./]|outputs/)({'|'.join(TASKS)})\b", text)
    return bool(named) or (text in shown() and text not in EVERY_RUN)


def test_lab_names_no_result_and_no_task():
    assert [(name_of(path), text) for path in sources("lab") for text in texts(tree(path)) if of_tasks(text)] == []


def test_control_a_named_result_or_task_is_seen():
    module = ast.parse('"""energy"""\nx = {"energy": 1}\ny = f"task=train {x}"\nz = "seconds"\n')
    assert [text for text in texts(module) if of_tasks(text)] == ["energy", "task=train "]


def test_every_task_is_a_package():
    assert [path.name for path in (PACKAGE / "tasks").glob("*.py")] == ["__init__.py"]
    assert {"train", "temper", "prune", "recall", "memory", "table", "compare", "latency", "verify"} <= set(TASKS)


def functions(module: ast.Module) -> Iterator[tuple[str, ast.FunctionDef, bool]]:
    """(name, function, it is a method) of a module and its classes, not of what stands within functions."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node, False
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{f.name}", f, True) for f in node.body if isinstance(f, ast.FunctionDef))


def test_functions_are_short():
    lengths = {
        f"{name_of(path)}: {name}": node.end_lineno - node.lineno + 1
        for path in sources()
        for name, node, _ in functions(tree(path))
    }
    assert {name for name, length in lengths.items() if length > LONGEST} <= LOOPS
    assert lengths.keys() >= LOOPS


def untyped(module: ast.Module) -> list[str]:
    """The public functions of which an argument or the result has no type."""
    found = []
    for name, node, method in functions(module):
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        given = given[1:] if method and given and given[0].arg in ("self", "cls") else given
        given += [extra for extra in (node.args.vararg, node.args.kwarg) if extra]
        typed = node.returns is not None and all(argument.annotation for argument in given)
        if not typed and not any(part.startswith("_") for part in name.split(".")):
            found.append(name)
    return found


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_public_functions_are_typed(path):
    if name_of(path) not in COMPILED:
        assert untyped(tree(path)) == []


def test_control_a_missing_type_is_seen():
    assert untyped(ast.parse("def f(x) -> int: ...\ndef g(x: int): ...\ndef h(x: int) -> int: ...")) == ["f", "g"]


@pytest.mark.parametrize("bench", [Bench, Follower])
def test_benches_fulfil_the_protocol(bench):
    for name, wanted in inspect.getmembers(BenchProtocol, inspect.isfunction):
        if not name.startswith("_"):
            there, asked = (inspect.signature(of).parameters for of in (getattr(bench, name), wanted))
            assert [(p.name, p.kind) for p in there.values()] == [(p.name, p.kind) for p in asked.values()], name
