"""What pyproject.toml declares is what the code imports, and what the lock pins."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PRODUCT = ("api", "dags", "expectations", "pipelines", "warehouse")
OWN = {*PRODUCT, "benchmarks", "docs", "tests"}
# Needed, though no line imports them.
NEVER_IMPORTED = {
    "apache-airflow": "the whole of Airflow; dags/ imports its core",
    "asyncpg": "Airflow's async connections, named in no URL of ours",
    "coverage": "run by hand",
    "hatchling": "builds the package",
    "import-linter": "make check",
    "mypy": "make check",
    "psycopg2-binary": "the driver in the URL of Airflow's database",
    "pytest-timeout": "a plugin, named in [tool.pytest.ini_options]",
    "pytz": "DuckDB hands instants to Python through it",
    "ruff": "make check",
    "uvicorn": "started as a process by choucha serve",
}
# The types of a declared library's own interface, at the version that it asks for.
COMES_WITH = {"pydantic": "fastapi", "pydantic-core": "fastapi", "starlette": "fastapi", "xsdata": "cap-tools"}


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def _declared(*extras: str) -> dict[str, Requirement]:
    """Requirements by normalised name: the package's own and those of these extras (default: of all)."""
    project = _project()
    optional = project["optional-dependencies"]
    lines = [*project["dependencies"], *(line for extra in extras or optional for line in optional[extra])]
    requirements = [Requirement(line) for line in lines]
    assert len(requirements) > 5
    return {canonicalize_name(each.name): each for each in requirements}


def _imported(*folders: str) -> set[str]:
    """Normalised names of the distributions that the code of these folders imports, anywhere in a file."""
    return _imported_by(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def _imported_by(paths: Iterable[Path]) -> set[str]:
    distributions = packages_distributions()
    modules = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.split(".")[0])
    foreign = modules - OWN - set(sys.stdlib_module_names)
    assert len(foreign) > 2
    return {canonicalize_name(name) for module in foreign for name in distributions.get(module, [module])}


def _is_stubs(name: str) -> bool:
    return name.startswith("types-") or name.endswith("-stubs")


def test_every_declared_requirement_is_pinned_at_a_version_that_it_allows() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = defaultdict(list)
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE):
        pinned[canonicalize_name(name)].append(version)
    declared = _declared()
    assert sorted(set(declared) - set(pinned)) == []
    assert [
        f"{name}=={version}"
        for name, requirement in declared.items()
        for version in pinned[name]
        if not requirement.specifier.contains(version, prereleases=True)
    ] == []


def test_every_declared_requirement_is_imported_or_has_a_reason_not_to_be() -> None:
    names = {name for name in _declared() if not _is_stubs(name)}
    unused = names - _imported(*OWN)
    assert unused - set(NEVER_IMPORTED) == set()
    assert set(NEVER_IMPORTED) <= names


def test_the_product_imports_what_it_declares_and_no_development_tool() -> None:
    needed = {name for name in _declared("pipeline", "api") if not _is_stubs(name)} - set(NEVER_IMPORTED)
    assert needed - _imported(*PRODUCT) == set()


def test_every_import_is_declared() -> None:
    undeclared = _imported(*OWN) - set(_declared())
    parts_of_airflow = {name for name in undeclared if name.startswith("apache-airflow-")}
    assert undeclared - parts_of_airflow - set(COMES_WITH) == set()
    assert set(COMES_WITH.values()) <= set(_declared())


def test_what_the_public_api_starts_with_is_installed_with_it() -> None:
    loaded = "import sys, api.app; print(*(getattr(m, '__file__', None) for m in [*sys.modules.values()]), sep='\\n')"
    files = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    own = [
        path
        for path in map(Path, files.splitlines())
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in OWN
    ]
    assert len(own) > 50
    assert _imported_by(own) - set(_declared("api")) - set(COMES_WITH) == set()


def test_the_product_imports_no_development_tool_except_to_write_its_own_data() -> None:
    development = set(_declared("dev")) - set(_declared("pipeline", "api"))
    assert development & _imported("api", "dags", "expectations", "pipelines") == set()
    assert development & _imported("warehouse") == {"chinesecalendar"}  # warehouse/reference/generate.py
