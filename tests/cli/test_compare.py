"""Two and more reports side by side, as a user compares checkpoints."""

import csv
import html
import json
import re
import shutil

import jsonschema
import pytest

from support import INPUT, OUTPUT, SOURCE, USAGE, case, fails, report, run, undescribed

HOSTILE = "</script><b>\"a\",\n\x1b[31m\u202e"


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare")
    for name, leaks in (("leaky", 35), ("clean", 0), ("some", 12)):
        (folder / name).mkdir()
        run(*case(folder / name, people=60, synthetic=80, leaks=leaks), "--permutations", 999, "--out",
            folder / name / "report")
    return {name: folder / name / "report" for name in ("leaky", "clean", "some")}


def rows(file):
    with open(file, newline="", encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def test_the_table_holds_the_reports_own_numbers(reports, tmp_path):
    done = run("compare", reports["leaky"], reports["clean"], "--name", "A", "--name", "B", "--out", tmp_path / "cmp")
    assert sorted(path.name for path in (tmp_path / "cmp").iterdir()) == [
        "compare-people.csv", "compare.csv", "compare.html", "compare.json"]
    table = rows(tmp_path / "cmp/compare.csv")
    assert [row["report"] for row in table] == ["A", "B"]
    for row, name in zip(table, ("leaky", "clean")):
        own = report(reports[name])
        matcher = own["matchers"][0]
        assert row["verdict"] == own["verdict"]["leakage"] and float(row["p"]) == own["verdict"]["p"]
        assert float(row["leak_rate"]) == matcher["leak_rate"]["estimate"]
        assert [float(row["leak_rate_low"]), float(row["leak_rate_high"])] == matcher["leak_rate"]["ci95"]
        assert int(row["leaked_identities@fdr5"]) == matcher["identities"]["fdr"][1]["count"]
        assert int(row["leaked_images@fdr1"]) == matcher["images"]["fdr"][0]["count"]
        assert float(row["best_score"]) == matcher["pairs"]["top"][0]["score"]
        threshold = matcher["thresholds"][0]
        assert int(row["pairs@fmr0.001"]) == threshold["pairs"]
        assert float(row["excess_pairs@fmr0.001"]) == threshold["pairs"] - threshold["expected_from_holdout"]
        assert int(row["train_people"]) == 60 and int(row["synthetic_images"]) == 80
    assert "A: leakage found" in done.stdout and "compare.html" in done.stdout


def test_the_figure_holds_estimates_and_intervals(reports, tmp_path):
    run("compare", reports["leaky"], reports["clean"], "--out", tmp_path / "cmp")
    page = (tmp_path / "cmp/compare.html").read_text()
    block = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', page, re.DOTALL)[1]
    rates, excess = json.loads(block)["charts"]
    own = [report(reports[name])["matchers"][0]["leak_rate"] for name in ("leaky", "clean")]
    (series,) = rates["series"]
    assert series["style"] == "whiskers" and series["x"] == [0, 1]
    assert series["y"] == [rate["estimate"] for rate in own]
    assert [series["lower"], series["upper"]] == [list(ends) for ends in zip(*(rate["ci95"] for rate in own))]
    # Counts of pairs have no interval, and none is drawn.
    assert excess["series"][0]["lower"] == [None, None]
    assert "http" not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL).replace("http-equiv", "")


def test_leak_rates_are_ranked_only_where_intervals_part(reports, tmp_path):
    done = run("compare", *reports.values(), "--out", tmp_path / "cmp", "--json")
    written = json.loads(done.stdout)
    assert written == json.loads((tmp_path / "cmp/compare.json").read_text())
    assert written["schema"] == "semblance-compare/1"
    rates = {report: row["leak_rate"] for report, row in
             ((r["report"], r) for r in written["rows"])}
    assert len(written["leak_rates"]) == 3
    for pair in written["leak_rates"]:
        x, y = rates[pair["first"]], rates[pair["second"]]
        overlap = x["ci95"][0] <= y["ci95"][1] and y["ci95"][0] <= x["ci95"][1]
        assert pair["intervals_overlap"] == overlap
        assert ("neither can be said" in pair["sentence"]) == overlap
        assert pair["difference"] == x["estimate"] - y["estimate"]
        down = ((x["estimate"] - x["ci95"][0]) ** 2 + (y["ci95"][1] - y["estimate"]) ** 2) ** 0.5
        assert pair["ci95"][0] == pytest.approx(pair["difference"] - down, abs=1e-12)
        assert "same training and hold-out set" in pair["sentence"]


def test_names_are_the_folders_or_the_users(reports, tmp_path):
    done = run("compare", reports["leaky"], reports["clean"], "--out", tmp_path / "a", "--json")
    # Both folders are called report: the whole locations tell them apart.
    assert [r["name"] for r in json.loads(done.stdout)["reports"]] == [str(reports["leaky"]), str(reports["clean"])]
    shutil.copytree(reports["clean"], tmp_path / "other")
    done = run("compare", f"{reports['leaky']}/", tmp_path / "other", "--out", tmp_path / "b", "--json")
    assert [r["name"] for r in json.loads(done.stdout)["reports"]] == ["report", "other"]


def test_people_are_compared_where_labels_are_the_same(reports, tmp_path):
    run("compare", reports["leaky"], reports["clean"], "--name", "A", "--name", "B", "--out", tmp_path / "cmp")
    lists = {name: report(reports[name])["matchers"][0]["identities"]["fdr"][1]["ids"] for name in reports}
    people = rows(tmp_path / "cmp/compare-people.csv")
    assert {row["person"] for row in people} == set(lists["leaky"]) | set(lists["clean"])
    assert {row["person"] for row in people if row["report"] == "A" and row["listed_at_fdr"]} == set(lists["leaky"])
    counts = json.loads((tmp_path / "cmp/compare.json").read_text())["people"]
    at5 = next(row for row in counts if row["q"] == 0.05)
    assert at5["only_first"] == len(set(lists["leaky"]) - set(lists["clean"])) > 0
    assert at5["both"] == len(set(lists["leaky"]) & set(lists["clean"]))


def test_what_differs_is_said_everywhere(reports, tmp_path):
    (tmp_path / "case").mkdir()
    run(*case(tmp_path / "case", people=50, leaks=5, seed=9), "--permutations", 999, "--alpha", 0.05, "--out",
        tmp_path / "other")
    done = run("compare", reports["leaky"], tmp_path / "other", "--name", "A", "--name", "B", "--out", tmp_path / "cmp")
    notes = json.loads((tmp_path / "cmp/compare.json").read_text())["notes"]
    expected = ["training set's embeddings differ (A | B", "hold-out set's embeddings differ",
                "--alpha is 0.01 in A; 0.05 in B", "Who is listed can't be compared"]
    page = html.unescape((tmp_path / "cmp/compare.html").read_text())
    for text in expected:
        assert any(text in note for note in notes), (text, notes)
        assert text in page and text in done.stdout
    assert not (tmp_path / "cmp/compare-people.csv").exists()


def test_unnamed_matchers_over_other_sets_rank_nothing(tmp_path):
    """Called "embeddings" for want of a name, two matchers look like one."""
    for name, leaks, seed in (("leaky", 40, 1), ("clean", 0, 9)):
        (tmp_path / name).mkdir()
        arguments = [*case(tmp_path / name, people=60, synthetic=80, leaks=leaks, seed=seed), "--permutations", 999]
        run(*arguments, "--out", tmp_path / name / "unnamed")
        run(*arguments, "--matcher", "m", "--out", tmp_path / name / "named")
    said = {}
    for kind in ("named", "unnamed"):
        run("compare", tmp_path / "leaky" / kind, tmp_path / "clean" / kind, "--name", "A", "--name", "B", "--out", tmp_path / kind)
        (said[kind],) = json.loads((tmp_path / kind / "compare.json").read_text())["leak_rates"]
        assert not said[kind]["intervals_overlap"] and not said[kind]["same_train"]
        assert said[kind]["unnamed"] == (kind == "unnamed")
    assert "so A leaks more" in said["named"]["sentence"]
    assert "don't name the matcher" in said["unnamed"]["sentence"] and "leaks more." not in said["unnamed"]["sentence"]
    assert "neither can be said to leak more" in said["unnamed"]["sentence"]
    pages = {kind: html.unescape((tmp_path / kind / "compare.html").read_text()) for kind in said}
    assert "the matcher isn’t named" in pages["unnamed"] and "the matcher isn’t named" not in pages["named"]


def test_what_can_not_be_compared_is_refused(reports, tmp_path):
    leaky, clean = reports["leaky"], reports["clean"]
    assert "two or more" in fails(USAGE, "compare", leaky, "--out", tmp_path / "x")
    assert "twice" in fails(USAGE, "compare", leaky, f"{leaky}/.", "--out", tmp_path / "x")
    assert "--name" in fails(USAGE, "compare", leaky, clean, "--name", "A", "--out", tmp_path / "x")
    assert "twice" in fails(USAGE, "compare", leaky, clean, "--name", "A", "--name", "A", "--out", tmp_path / "x")
    # A report is never replaced by what is said of it.
    assert "a report to compare" in fails(USAGE, "compare", leaky, clean, "--out", leaky, "--overwrite")
    assert (leaky / "report.json").exists()
    assert "isn't there" in fails(INPUT, "compare", leaky, tmp_path / "absent", "--out", tmp_path / "x")
    (tmp_path / "case").mkdir()
    run(*case(tmp_path / "case", people=50, leaks=5, seed=9), "--permutations", 999, "--matcher", "another", "--out",
        tmp_path / "other")
    assert "in common" in fails(INPUT, "compare", leaky, tmp_path / "other", "--out", tmp_path / "x")
    assert not (tmp_path / "x").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/precious.txt").write_text("x")
    assert "not empty" in fails(OUTPUT, "compare", leaky, clean, "--out", tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_the_same_reports_give_the_same_bytes_and_stay_as_they_were(reports, tmp_path):
    before = {name: {file.name: file.read_bytes() for file in folder.iterdir()} for name, folder in reports.items()}
    for name in ("one", "two"):
        run("compare", *reports.values(), "--out", tmp_path / name)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name
    run("compare", *reports.values(), "--out", tmp_path / "one", "--overwrite")
    assert before == {name: {file.name: file.read_bytes() for file in folder.iterdir()} for name, folder in reports.items()}


def test_hostile_names_are_shown_as_text(reports, tmp_path):
    done = run("compare", reports["leaky"], reports["clean"], "--name", HOSTILE, "--name", "x" * 10_000, "--out",
               tmp_path / "cmp")
    assert "\x1b" not in done.stdout and "[U+001B][31m" in done.stdout
    page = (tmp_path / "cmp/compare.html").read_text(encoding="utf-8")
    assert "<b>\"a\"" not in page and "\u202e" not in page and "[U+202E]" in page
    assert page.count("</script>") == 4  # the page's own
    assert [row["report"] for row in rows(tmp_path / "cmp/compare.csv")] == [HOSTILE, "x" * 10_000]
    assert json.loads((tmp_path / "cmp/compare.json").read_text())["reports"][0]["name"] == HOSTILE


def test_levels_that_are_no_numbers_are_none(reports, tmp_path):
    """An edited report may hold them, and they have no order to sort them by."""
    shutil.copytree(reports["leaky"], tmp_path / "edited")
    edited = report(tmp_path / "edited")
    edited["matchers"][0]["identities"]["fdr"] += [{"q": None, "count": 0, "ids": []}] * 40
    edited["matchers"][0]["thresholds"] += [dict(edited["matchers"][0]["thresholds"][0], fmr=None)] * 40
    edited["matchers"][0]["leak_rate"]["ci95"] = [None, None]
    (tmp_path / "edited/report.json").write_text(json.dumps(edited))
    run("compare", tmp_path / "edited", reports["clean"], "--out", tmp_path / "cmp")
    run("compare", reports["leaky"], reports["clean"], "--out", tmp_path / "whole")
    assert list(rows(tmp_path / "cmp/compare.csv")[0]) == list(rows(tmp_path / "whole/compare.csv")[0])
    (rates,) = json.loads((tmp_path / "cmp/compare.json").read_text())["leak_rates"]
    assert rates["intervals_overlap"] and "neither can be said" in rates["sentence"] and rates["ci95"] == [None, None]
    listed = [[line for line in run("gate", folder, "--list-metrics").stdout.splitlines() if not line.startswith(" ")]
              for folder in (tmp_path / "edited", reports["leaky"])]
    assert listed[0] == listed[1]


def test_compare_json_follows_its_schema(reports, tmp_path):
    schema = json.loads((SOURCE / "docs/schema/semblance-compare-1.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    (tmp_path / "case").mkdir()
    bare = case(tmp_path / "case", people=50, leaks=5, seed=9)
    run(*bare[:bare.index("--holdout")], "--out", tmp_path / "bare")  # no hold-out set: nulls where there are numbers
    for others in ([reports["clean"]], [tmp_path / "bare"], [reports["clean"], reports["some"], tmp_path / "bare"]):
        done = run("compare", reports["leaky"], *others, "--out", tmp_path / "cmp", "--overwrite", "--json")
        written = json.loads(done.stdout)
        validator.validate(written)
        assert len(written["rows"]) == 1 + len(others) and not undescribed(written, schema, schema)
    assert not validator.is_valid(dict(written, notes="none"))
    assert not validator.is_valid(dict(written, rows=[{**written["rows"][0], "p": "small"}]))


def test_every_column_is_explained(reports, tmp_path):
    run("compare", reports["leaky"], reports["clean"], "--out", tmp_path / "cmp")
    explained, name = {}, None
    for line in (SOURCE / "docs/compare.md").read_text().splitlines():
        if heading := re.fullmatch(r"\*\*([a-z-]+\.csv)\*\*", line):
            name = heading[1]
        elif name and (row := re.match(r"\| (`[^|]+`) \|", line)):
            explained.setdefault(name, set()).update(c.split("@")[0] for c in re.findall(r"`([a-z0-9_@.-]+)`", row[1]))
    assert set(explained) == {"compare.csv", "compare-people.csv"}
    for name, columns in explained.items():
        assert {column.split("@")[0] for column in rows(tmp_path / "cmp" / name)[0]} == columns
