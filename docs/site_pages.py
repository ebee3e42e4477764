"""What the site has beside the pages of docs/: a home page, the notebook, and an API page for each package.

A hook of MkDocs (see mkdocs.yml). README, CHANGELOG and CONTRIBUTING lie outside docs/ and become pages with their
links rewritten; headings get the anchors that GitHub gives them, so that links hold in both places.
"""

import ast
import json
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
NOTEBOOK = "docs/notebook.ipynb"
MODULES = ("schedules", "annealing", "ensemble", "likelihoods", "priors", "streams")  # public modules at the top
LINK = re.compile(r"(\]\(|src=\")(?!\w+:|#)([^)\"#]+)")


def anchor(heading: str, separator: str = "-") -> str:
    """The anchor that GitHub gives a heading: lower case, punctuation left out, spaces to hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", separator)


def inside(text: str) -> str:
    """A text from the root of the repository with its links as they are seen from docs/."""

    def link(found: re.Match[str]) -> str:
        return found[1] + (OUTSIDE | {NOTEBOOK: "notebook.md"}).get(found[2], found[2].removeprefix("docs/"))

    return LINK.sub(link, text)


def outside(text: str) -> str:
    """A page of docs/ with its links to files outside rewritten to the pages that they become."""
    return re.sub(r"\]\(\.\./(\w+\.md)", lambda found: f"]({OUTSIDE[found[1]]}", text)


def notebook(path: Path) -> str:
    """The cells of a notebook, with their outputs, as Markdown."""
    parts = []
    for cell in json.loads(path.read_text())["cells"]:
        source = "".join(cell["source"])
        parts.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
        for output in cell.get("outputs", []):
            if "text" in output:
                parts.append("```text\n" + "".join(output["text"]) + "```")
            elif image := output.get("data", {}).get("image/png"):
                parts.append(f"![output](data:image/png;base64,{''.join(image).strip()})")
    return "\n\n".join(parts)


def public(package: Path) -> dict[str, str]:
    """Public name -> the module that defines it, read from the sources of a package without importing it."""
    calls = [node for node in ast.walk(ast.parse((package / "__init__.py").read_text())) if isinstance(node, ast.Call)]
    homes = next(call.args[1] for call in calls if getattr(call.func, "id", "") == "public_names")
    return ast.literal_eval(homes)


def reference(package: Path) -> str:
    """The API page of a package: every public name under the name by which it is imported."""
    name = f"physlearn.{package.name}"
    about = ast.get_docstring(ast.parse((package / "__init__.py").read_text()))
    parts = [f"# {name}", about]
    for public_name, module in public(package).items():
        heading = f'    options:\n      heading: "{public_name}"\n      toc_label: "{public_name}"'
        parts.append(f"::: {name}.{module}.{public_name}\n{heading}")
    return "\n\n".join(parts)


def module_page(name: str) -> str:
    """The API page of a module at the top of the package."""
    options = "    options:\n      show_root_heading: false\n      show_root_toc_entry: false"
    return f"# physlearn.{name}\n\n::: physlearn.{name}\n{options}"


def packages() -> list[Path]:
    """The packages with public names, in alphabetical order."""
    files = sorted((ROOT / "physlearn").glob("*/__init__.py"))
    return [file.parent for file in files if "public_names(" in file.read_text()]


def section(config: MkDocsConfig, title: str) -> list[Any]:
    return next(entry[title] for entry in config.nav if title in entry)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    config.mdx_configs["toc"]["slugify"] = anchor
    config.plugins["mkdocstrings"].config.handlers["python"]["paths"] = [str(ROOT)]
    named = {
        page for entry in config.nav for part in entry.values() for page in (part if isinstance(part, list) else [])
    }
    section(config, "Studies")[:] = sorted(p.name for p in (ROOT / "docs").glob("*.md") if p.name not in named)
    section(config, "API")[:] = [f"api/{name}.md" for name in [*MODULES, *(path.name for path in packages())]]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    pages = {page: inside((ROOT / source).read_text()) for source, page in OUTSIDE.items()}
    pages["notebook.md"] = notebook(ROOT / NOTEBOOK)
    pages |= {f"api/{path.name}.md": reference(path) for path in packages()}
    pages |= {f"api/{name}.md": module_page(name) for name in MODULES}
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    files.append(File.generated(config, "CITATION.cff", content=(ROOT / "CITATION.cff").read_text()))
    if there := files.get_file_from_path("notebook.ipynb"):
        files.remove(there)
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    return outside(markdown)
