"""The reviewers' page in Chromium: judging by keys and buttons, progress that stays, export and load, no request."""

import json
import re

import pytest

from browser import Opened, chromium
from support import run
from test_review import audited, packed  # noqa: F401 (fixtures)


class Reviewer:
    """A browser that somebody judges a pack in; a page can be closed and opened again."""

    def __init__(self, browser, pack):
        self.context = browser.new_context(viewport={"width": 1280, "height": 860}, accept_downloads=True)
        self.file = pack / "review.html"
        self.total = len(json.loads((pack / "key.json").read_text())["pairs"])
        self.pages = []
        self.open()

    def open(self):
        self.pages.append(Opened(self.context, self.file))
        self.page = self.pages[-1].page
        self.page.on("dialog", lambda dialog: dialog.accept())

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def button(self, name):
        return self.page.get_by_role("button", name=name)

    def text(self, place):
        return self.page.locator(place).text_content()

    def judged(self):
        return int(re.match(rf"(\d+) of {self.total} judged", self.text("#count"))[1])

    def pair(self):
        return int(re.match(rf"Pair (\d+) of {self.total}", self.text("#where"))[1])

    def pressed(self):
        return self.page.locator('[aria-pressed="true"]').evaluate_all("(all) => all.map((x) => x.dataset.answer)")

    def export(self, folder):
        with self.page.expect_download() as download:
            self.button("Export answers").click()
        file = folder / download.value.suggested_filename
        download.value.save_as(file)
        return file

    def finish(self):
        assert [words for one in self.pages for words in one.said] == []
        assert [url for one in self.pages for url in one.strangers()] == []
        self.context.close()


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def reviewer(browser, packed):  # noqa: F811
    started = Reviewer(browser, packed[0])
    yield started
    started.finish()


def test_judging_by_keys_and_buttons(reviewer):
    assert reviewer.pair() == 1 and reviewer.judged() == 0
    for side in ["left", "right"]:
        reviewer.page.wait_for_function("(id) => document.getElementById(id).naturalWidth > 0", arg=side)
        assert reviewer.page.locator(f"#{side}").get_attribute("alt").startswith(f"Pair 1: {side} picture")

    reviewer.press("1", "2", "3", "s", "d", "c")
    assert reviewer.pair() == 7
    reviewer.press("ArrowLeft")
    assert reviewer.pressed() == ["cant-tell"]
    reviewer.press("ArrowLeft")
    assert reviewer.pressed() == ["different"]
    reviewer.press("1", "u")  # an answer changed, and taken back
    assert reviewer.pair() == 5 and reviewer.pressed() == ["different"]
    reviewer.press("n")
    assert reviewer.pair() == 7
    reviewer.press("2", "u")
    assert reviewer.pressed() == [] and reviewer.judged() == 6
    assert reviewer.page.locator("#progress").evaluate("(bar) => bar.value") == 6

    reviewer.button(re.compile("^Can.t tell")).click()
    reviewer.button(re.compile("^Different")).focus()
    reviewer.press("Enter")  # judges once
    assert reviewer.judged() == 8
    reviewer.button("Back").click()
    assert reviewer.pressed() == ["different"]


def test_answers_are_exported_kept_and_loaded(reviewer, packed, tmp_path):  # noqa: F811
    judged = ["same", "different", "cant-tell", "same", "different", "cant-tell", "cant-tell", "different"]
    reviewer.press(*({"same": "1", "different": "2", "cant-tell": "3"}[answer] for answer in judged))
    reviewer.button("Export answers").click()
    assert "Enter your name" in reviewer.text("#notice")
    reviewer.page.keyboard.type("s. <d> 1")  # into the name: no answers
    assert reviewer.judged() == 8
    file = reviewer.export(tmp_path)
    answers = json.loads(file.read_text())
    assert file.name == "answers-s-d-1.json" and answers["reviewer"] == "s. <d> 1"
    assert answers["answers"] == [{"pair": i + 1, "answer": answer} for i, answer in enumerate(judged)]

    reviewer.page.close()
    reviewer.open()
    assert reviewer.judged() == 8 and reviewer.page.locator("#reviewer").input_value() == "s. <d> 1"

    reviewer.button(re.compile("^Start over")).click()
    assert reviewer.judged() == 0
    reviewer.page.locator("#file").set_input_files(file)
    reviewer.page.wait_for_function("document.getElementById('count').textContent.startsWith('8 of')")
    twice = {**answers, "answers": [*answers["answers"], answers["answers"][0]]}
    for content, words in [('{"schema":', "breaks off"), ("{}", "no answers"), (json.dumps(twice), "can’t be"),
                           (json.dumps({**answers, "pack": "0" * 64}), "another pack")]:
        reviewer.page.locator("#file").set_input_files({"name": "bad.json", "mimeType": "application/json", "buffer": content.encode()})
        reviewer.page.wait_for_function("(words) => document.getElementById('notice').textContent.includes(words)", arg=words)
        assert reviewer.judged() == 8

    reviewer.press(*["2"] * (reviewer.total - 8))
    assert "All pairs are judged" in reviewer.text("#state")
    done = run("review", "--import", reviewer.export(tmp_path), "--pack", packed[0], "--json")
    assert f'"{answers["reviewer"]}"' in done.stdout


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_has_no_barriers(reviewer, scheme):
    reviewer.page.emulate_media(color_scheme=scheme)
    assert reviewer.pages[-1].barriers() == []
