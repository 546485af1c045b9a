"""What the Jupyter server writes to disk: a view that has a static form goes, and all else stays as it was."""

import asyncio
import copy
import json
from pathlib import Path

import pytest
from jupyter_core.paths import jupyter_config_path
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from nbformat import v4
from nbformat.sign import NotebookNotary

from rlcourse import saving

VIEW = {saving.WIDGET_VIEW: {"model_id": "1", "version_major": 2, "version_minor": 0}}


def notebook(*bundles):
    """A notebook with an output for each bundle."""
    outputs = [v4.new_output("display_data", bundle) for bundle in bundles]
    return v4.new_notebook(cells=[v4.new_markdown_cell("text"), v4.new_code_cell("1", outputs=outputs)])


@pytest.mark.parametrize("kind", saving.STATIC_TYPES)
def test_a_view_gives_way_to_a_static_form(kind):
    nb = notebook({**VIEW, kind: "shown", "text/plain": "a line"})
    saving.leave_views_out(nb.cells)
    assert nb.cells[1].outputs[0].data == {kind: "shown", "text/plain": "a line"}


def test_a_view_without_a_static_form_stays_and_so_do_other_outputs():
    nb = notebook({**VIEW, "text/plain": "IntSlider(value=3)"}, {"image/png": "shown"})
    nb.cells[1].outputs.append(v4.new_output("stream", text="printed"))
    before = copy.deepcopy(nb)
    saving.leave_views_out(nb.cells)
    assert nb == before


@pytest.mark.parametrize(
    "model",
    [
        {"type": "directory"},
        {"type": "file", "content": "text"},
        {"type": "notebook"},
        {"type": "notebook", "content": {"nbformat": 3, "worksheets": []}},
    ],
)
def test_what_is_no_notebook_of_today_is_let_pass(model):
    before = copy.deepcopy(model)
    saving.before_saving(model, path="x", contents_manager=None)
    assert model == before


async def saved(folder: Path, model) -> tuple[dict, bool]:
    """What a server of ours writes, and whether it trusts what it reads again."""
    notary = NotebookNotary(data_dir=str(folder), db_file=":memory:", secret=b"known")
    manager = AsyncLargeFileManager(root_dir=str(folder), notary=notary, delete_to_trash=False)
    server = type("Server", (), {"contents_manager": manager})
    saving._load_jupyter_server_extension(server)
    await manager.save(model, "one.ipynb")
    again = await manager.get("one.ipynb")
    trusted = all(cell.metadata.get("trusted", True) for cell in again["content"].cells)
    return json.loads((folder / "one.ipynb").read_text()), trusted


@pytest.mark.parametrize("trusted", [True, False])
def test_the_server_strips_before_it_signs_so_that_trust_survives(tmp_path: Path, trusted: bool):
    nb = notebook({**VIEW, "text/html": "<details>shown</details>", "text/plain": "a line"})
    nb.cells[1].metadata["trusted"] = trusted  # as the page says
    disk, again = asyncio.run(saved(tmp_path, {"type": "notebook", "format": "json", "content": nb}))
    assert list(disk["cells"][1]["outputs"][0]["data"]) == ["text/html", "text/plain"]
    assert again is trusted


def test_the_server_is_told_of_it_by_a_file_that_the_installation_brings():
    root = Path(saving.__file__).resolve().parents[1]
    told = (root / "jupyter" / "rlcourse.json").read_text()
    (point,) = saving._jupyter_server_extension_points()
    assert json.loads(told) == {"ServerApp": {"jpserver_extensions": {point["module"]: True}}}
    places = [Path(folder) / "jupyter_server_config.d" / "rlcourse.json" for folder in jupyter_config_path()]
    found = next((place for place in places if place.exists()), None)
    assert found, "install the course again (`make lab` does, or `python -m pip install -e .`)"
    assert found.read_text() == told
