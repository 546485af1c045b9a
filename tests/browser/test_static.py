"""A notebook as a page without a kernel, as nbconvert writes it: what answers a prediction is there, and closed."""

from pathlib import Path

import pytest

from .lab import Lab

pytestmark = pytest.mark.browser
NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
AFTER = "details[class^=after-]"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_answers_a_prediction_is_closed_and_opens_with_a_click(lab: Lab, path: Path, tmp_path: Path) -> None:
    from nbconvert import HTMLExporter

    body, _ = HTMLExporter().from_filename(str(path))
    (tmp_path / "page.html").write_text(body, encoding="utf-8")
    page = lab.page.context.browser.new_page()
    try:
        page.route("http*://**", lambda route: route.abort())  # its scripts, from the network; they are not needed
        page.goto((tmp_path / "page.html").as_uri(), wait_until="domcontentloaded")
        answers = page.locator(AFTER)
        assert answers.count() >= 4
        pictures = page.locator(f"{AFTER} img")
        assert pictures.count() >= 2 and not any(picture.is_visible() for picture in pictures.all())
        assert not any(part.is_visible() for part in page.locator(f"{AFTER} > :not(summary)").all())
        behind = answers.filter(has=page.locator("img")).first
        behind.locator("summary").click()
        assert behind.locator("img").first.is_visible()
        page.screenshot(path=lab.shots / f"{path.stem}_static.png") if lab.shots.exists() else None
    finally:
        page.close()
