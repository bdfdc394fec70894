"""A report as other programs read it: report.json's fixed fields and schema, the CSVs, the page's markup."""

import base64
import csv
import hashlib
import html.parser
import json
import math
import os
import pathlib
import re
import subprocess

import jsonschema
import pytest

SOURCE = pathlib.Path(os.environ["SEMBLANCE_SOURCE"])
WRITER = pathlib.Path(os.environ["SEMBLANCE"]).parent / "report_sample"
MODELS = ["found", "not-found", "no-control", "matchers", "hostile", "bare"]

# The fixed fields of schema semblance-report/1. A change of these is a new schema version.
PAIR = {"rank": 0, "score": 0, "train": 0, "train_identity": 0, "synthetic": 0, "fmr": 0}
THRESHOLD = {"fmr": 0, "score": 0, "pairs": 0, "expected_by_chance": 0, "holdout_pairs": 0}
SET = {"items": 0, "identities": 0, "rejected": 0}
NAMED_LIST = {"q": 0, "count": 0, "ids": 0}
FIXED = {
    "schema": 0,
    "verdict": {"leakage": 0, "p": 0, "alpha": 0, "text": 0},
    "sets": {"train": SET, "synthetic": SET, "holdout": SET},
    "matchers": [{
        "name": 0,
        "pairs": {"scored": 0, "top": [PAIR]},
        "thresholds": [THRESHOLD],
        "identities": {"tested": 0, "smallest_p": 0, "fdr": [NAMED_LIST]},
        "images": {"fdr": [{"q": 0, "count": 0}]},
        "leak_rate": {"estimate": 0, "ci95": 0, "upper95": 0, "minimum_detectable": 0},
    }],
    "consensus": {"at_least": 0, "fdr": [NAMED_LIST]},
    "provenance": {"version": 0, "seed": 0, "inputs": [{"path": 0, "sha256": 0}]},
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    subprocess.run([WRITER, folder], check=True)
    return folder


def no_constants(name):
    raise ValueError(f"{name} is not JSON")


def load(reports, model):
    text = (reports / model / "report.json").read_text(encoding="utf-8")
    return json.loads(text, parse_constant=no_constants)


def missing(fixed, found, path="report"):
    """Paths of fixed fields that are absent, in the right order of keys or not."""
    if isinstance(fixed, list):
        assert isinstance(found, list), path
        return [gap for i, item in enumerate(found) for gap in missing(fixed[0], item, f"{path}[{i}]")]
    if not isinstance(fixed, dict):
        return []
    assert isinstance(found, dict), path
    gaps = [f"{path}.{name}" for name in fixed if name not in found]
    order = [name for name in found if name in fixed]
    if order != [name for name in fixed if name in found]:
        gaps.append(f"{path}: order {order}")
    for name, below in fixed.items():
        if name in found and found[name] is not None:
            gaps += missing(below, found[name], f"{path}.{name}")
    return gaps


@pytest.mark.parametrize("model", MODELS)
def test_fixed_fields_are_there_in_order(reports, model):
    assert missing(FIXED, load(reports, model)) == []


def test_missing_fields_would_be_seen(reports):
    report = load(reports, "found")
    del report["matchers"][0]["leak_rate"]["ci95"]
    del report["matchers"][0]["pairs"]["top"][3]["fmr"]
    assert missing(FIXED, report) == ["report.matchers[0].pairs.top[3].fmr", "report.matchers[0].leak_rate.ci95"]


def test_nulls_are_where_the_schema_has_them(reports):
    plain = load(reports, "no-control")
    assert plain["verdict"]["p"] is None and plain["sets"]["holdout"] is None and plain["consensus"] is None
    matcher = plain["matchers"][0]
    assert all(value is None for value in matcher["leak_rate"].values())
    assert all(row["holdout_pairs"] is None for row in matcher["thresholds"])
    assert matcher["identities"]["fdr"] == [] and matcher["identities"]["smallest_p"] is None
    found = load(reports, "found")
    assert found["matchers"][0]["leak_rate"]["ci95"] == [0.0142, 0.0281]
    assert found["matchers"][0]["pairs"]["top"][0]["fmr"] is None
    assert found["consensus"] is None
    assert load(reports, "matchers")["consensus"]["at_least"] == 2


@pytest.mark.parametrize("model", MODELS)
def test_schema_holds(reports, model):
    schema = json.loads((SOURCE / "docs/schema/semblance-report-1.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(load(reports, model))


@pytest.mark.parametrize("path", ["verdict.leakage", "sets.holdout.items", "matchers.0.pairs.top.0.fmr",
                                  "matchers.0.leak_rate.upper95", "provenance.inputs.0.sha256"])
def test_schema_refuses_a_missing_fixed_field(reports, path):
    schema = json.loads((SOURCE / "docs/schema/semblance-report-1.schema.json").read_text())
    report = load(reports, "found")
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    at = report
    for step in way:
        at = at[step]
    del at[last]
    assert not jsonschema.Draft202012Validator(schema).is_valid(report)


def undescribed(schema, node, path="report"):
    """Paths of the schema's fields that don't say what they hold; a reference to a described object says it."""
    gaps = []
    for name, field in node.get("properties", {}).items():
        target = schema["$defs"].get(field.get("$ref", "").split("/")[-1], {})
        if "description" not in field and not (target.get("type") == "object" and "description" in target):
            gaps.append(f"{path}.{name}")
        gaps += undescribed(schema, field, f"{path}.{name}")
    if "items" in node:
        gaps += undescribed(schema, node["items"], f"{path}[]")
    for below in [*node.get("oneOf", []), *node.get("allOf", [])]:
        gaps += undescribed(schema, below, path)
    for name, below in node.get("$defs", {}).items():
        gaps += undescribed(schema, below, name)
    return gaps


def test_schema_says_what_every_field_holds():
    schema = json.loads((SOURCE / "docs/schema/semblance-report-1.schema.json").read_text())
    assert undescribed(schema, schema) == []
    del schema["$defs"]["threshold"]["properties"]["pairs"]["description"]
    assert undescribed(schema, schema) == ["threshold.pairs"]


def leaves(node, path=()):
    if isinstance(node, dict):
        return [path] + [leaf for name, below in node.items() for leaf in leaves(below, (*path, name))]
    if isinstance(node, list):
        return [leaf for below in node for leaf in leaves(below, (*path, "[]"))]
    return [path]


def known(schema, node, path):
    """Whether the schema has a field at the path."""
    if "$ref" in node:
        return known(schema, schema["$defs"][node["$ref"].split("/")[-1]], path)
    if any(known(schema, below, path) for key in ("oneOf", "allOf") for below in node.get(key, [])):
        return True
    if not path:
        return True
    if path[0] == "[]":
        return "items" in node and known(schema, node["items"], path[1:])
    if path[0] in node.get("properties", {}):
        return known(schema, node["properties"][path[0]], path[1:])
    return isinstance(node.get("additionalProperties"), dict)


def test_every_field_written_is_in_the_schema(reports):
    schema = json.loads((SOURCE / "docs/schema/semblance-report-1.schema.json").read_text())
    written = {path for model in MODELS for path in leaves(load(reports, model))}
    assert len(written) > 100
    assert sorted(path for path in written if not known(schema, schema, path)) == []


def dictionary():
    """The columns that docs/report.md explains, by file."""
    columns, name = {}, None
    for line in (SOURCE / "docs/report.md").read_text().splitlines():
        if heading := re.match(r"\*\*([a-z-]+\.csv)\*\*", line):
            name = heading[1]
        elif name and (row := re.match(r"\| (`[^|]+`) \|", line)):
            columns.setdefault(name, []).extend(re.findall(r"`([a-z_]+)`", row[1]))
    return columns


def test_every_column_written_is_explained(reports):
    explained = dictionary()
    files = sorted(path.name for path in (reports / "found").glob("*.csv"))
    assert files == sorted(explained)
    for name in files:
        with open(reports / "found" / name, newline="", encoding="utf-8") as file:
            assert sorted(next(csv.reader(file))) == sorted(explained[name]), name


def test_guards_are_reported(reports):
    guards = load(reports, "found")["matchers"][0]["guards"]
    assert guards["hubs"]["train"]["top_percent"] == 0.061 and guards["hubs"]["holdout"]["fires"] is False
    assert guards["overlap"]["people"] == [{"holdout_identity": "person-002005", "holdout": "holdout-002005-02",
                                            "train_identity": "person-000431", "train": "train-000431-04",
                                            "score": 0.7131}]
    assert guards["images_and_score"]["train"] == {"rho": -0.012, "ci95": [-0.056, 0.032], "people": 2000}
    plain = load(reports, "no-control")["matchers"][0]["guards"]
    assert plain["hubs"]["holdout"] is None and plain["overlap"] == {"threshold": None, "people": []}
    shown = "".join(page(reports, "found").text)
    assert "person-002005" in shown and "a score of 0.6100 or more" in shown and "\u22120.012" in shown


def test_near_copies_are_reported(reports):
    matcher = load(reports, "matchers")["matchers"][0]
    found = matcher["guards"]["near_copies"]
    assert [found[name] for name in ("checked", "near_copies", "holdout_checked", "holdout_near_copies")] == [1350, 450, 1500, 1]
    assert found["threshold"] == 0.7812 and found["rests_on"] == 1998 and found["unreadable"] == 1
    assert [pair["kind"] for pair in matcher["pairs"]["top"][7:10]] == ["other-image", "near-copy", "unknown"]
    assert matcher["pairs"]["top"][8]["similarity"] == 0.91 and matcher["pairs"]["top"][9]["similarity"] is None
    first = [row for row in rows(reports, "matchers", "identities.csv") if row["matcher"] == "arcface-r50"]
    assert [row["kind"] for row in first[:41]] == ["near-copy"] * 40 + [""]
    assert rows(reports, "matchers", "pairs.csv")[8]["similarity"] == "0.91"
    shown = "".join(page(reports, "matchers").text)
    assert "likeness of the pictures" in shown and "photos/train/person-000007.jpg: truncated" in shown
    assert "at most 1 in 1,000 of 1,998 pairs" in shown

    plain = load(reports, "found")["matchers"][0]
    assert plain["guards"]["near_copies"] is None
    assert {(pair["similarity"], pair["kind"]) for pair in plain["pairs"]["top"]} == {(None, None)}
    shown = "".join(page(reports, "found").text)
    assert "likeness of the pictures" not in shown and "Near-copies were not looked for" in shown


def rows(reports, model, name):
    with open(reports / model / name, newline="", encoding="utf-8", errors="surrogateescape") as file:
        return list(csv.DictReader(file))


def test_csvs_carry_what_report_json_says(reports):
    matcher = load(reports, "found")["matchers"][0]
    pairs = rows(reports, "found", "pairs.csv")
    assert len(pairs) == len(matcher["pairs"]["top"]) == 1500
    for row, pair in zip(pairs, matcher["pairs"]["top"]):
        assert int(row["rank"]) == pair["rank"] and float(row["score"]) == pair["score"]
        assert [row["train"], row["train_identity"], row["synthetic"]] == [pair["train"], pair["train_identity"], pair["synthetic"]]
        assert (float(row["fmr"]) if row["fmr"] else None) == pair["fmr"]
    control = rows(reports, "found", "control-pairs.csv")
    assert len(control) == 1500 and control[2]["rank"] == "3" and control[2]["score"] == "0.46991"
    assert control[0]["holdout"] == "holdout-train-000001-01" and control[0]["kind"] == ""
    assert len(rows(reports, "found", "control-people.csv")) == 2000
    people = rows(reports, "found", "identities.csv")
    assert [row["identity"] for row in people if float(row["q"]) <= 0.05] == matcher["identities"]["fdr"][1]["ids"]
    images = rows(reports, "found", "images.csv")
    assert len(images) == 5000
    assert sum(row["listed_at_fdr"] != "" for row in images) == matcher["images"]["fdr"][1]["count"]
    removal = rows(reports, "found", "removal.csv")
    assert len(removal) == load(reports, "found")["removal"]["count"] == 40
    assert {row["reason"] for row in removal} == {"image-listed"}


def test_histogram_csv_has_every_bin(reports):
    curves = {}
    for row in rows(reports, "found", "histograms.csv"):
        curves.setdefault(row["curve"], []).append(row)
    described = load(reports, "found")["matchers"][0]["distributions"]
    assert list(curves) == [curve["name"] for curve in described] == ["R-G", "H-G", "R-R mated", "R-R non-mated"]
    for curve in described:
        bins = curves[curve["name"]]
        assert len(bins) == curve["bins"] == 4096
        assert float(bins[0]["from"]) == curve["low"] and float(bins[-1]["to"]) == curve["high"]
        assert all(x["to"] == y["from"] for x, y in zip(bins, bins[1:]))
    assert sum(int(row["pairs"]) for row in curves["R-G"]) == pytest.approx(5e7, rel=0.01)


def hostile_strings(reports):
    """As the CSV holds them, which is byte for byte."""
    return {row["train"] for row in rows(reports, "hostile", "pairs.csv")}


def test_csvs_return_hostile_strings_unchanged(reports):
    strings = hostile_strings(reports)
    assert 'name,with "quotes"\r\nand, lines\n' in strings
    assert "a" * 10_000 in strings
    assert "photo_\u202egpj.exe" in strings
    assert any(text.encode("utf-8", "surrogateescape") == b"broken \xff\xfe utf-8 \xc3" for text in strings)
    for name in ["pairs.csv", "control-pairs.csv", "identities.csv", "control-people.csv", "images.csv"]:
        assert len(rows(reports, "hostile", name)) == 100  # no string breaks a record
        assert all(None not in row and None not in row.values() for row in rows(reports, "hostile", name))


class Page(html.parser.HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.text, self.raw = [], [], [], {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in {"meta", "br", "img", "input", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        if self.open and self.open[-1] in {"script", "style"}:
            self.raw.setdefault(self.open[-1], []).append(data)
        else:
            self.text.append(data)

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data[:80]}")

    def tags(self, name):
        return [attributes for tag, attributes in self.elements if tag == name]


def page(reports, model):
    return Page((reports / model / "report.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("model", MODELS)
def test_page_is_well_formed_and_runs_only_its_own_scripts(reports, model):
    read = page(reports, model)
    assert read.open == []
    assert [script.get("type", "") for script in read.tags("script")] == ["application/json", "application/json", "", ""]
    assert len(read.tags("style")) == 1 and not read.tags("img") and not read.tags("link") and not read.tags("iframe")
    for tag, attributes in read.elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ["src", "href"]:
            assert attributes.get(name, "#").startswith("#"), (tag, attributes)
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert not [target for target in (a["href"][1:] for a in read.tags("a")) if target not in ids]
    policy = next(meta["content"] for meta in read.tags("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    inline = read.raw["script"][2:] + read.raw["style"]
    assert {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in inline} == allowed
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy and "img-src data:;" in policy


@pytest.mark.parametrize("model", MODELS)
def test_page_tables_have_captions_and_heads(reports, model):
    read = page(reports, model)
    assert len(read.tags("caption")) == len(read.tags("table")) > 0
    assert all(head.get("scope") in {"col", "row"} for head in read.tags("th"))
    for canvas in read.tags("canvas"):
        assert canvas["role"] == "img" and len(canvas["aria-label"]) > 100
    assert read.tags("html")[0]["lang"] == "en"


def test_page_charts_have_their_data(reports):
    read = page(reports, "matchers")
    data = json.loads(read.raw["script"][0])
    assert len(data["matchers"]) == 2
    # A matcher's distributions, power, error rates, and one error against the other.
    assert [canvas["id"] for canvas in read.tags("canvas")] == [
        "distribution-0", "chart-0", "chart-1", "chart-2", "distribution-1", "chart-3", "chart-4", "chart-5"]
    assert len(data["charts"]) == 6
    with open(reports / "matchers" / "histograms.csv", newline="") as file:
        totals = {}
        for row in csv.DictReader(file):
            key = row["matcher"], row["curve"]
            totals[key] = totals.get(key, 0) + int(row["pairs"])
    for matcher, name in zip(data["matchers"], ["arcface-r50", "adaface-r100"]):
        for curve, short in zip(matcher["curves"], ["R-G", "H-G", "R-R mated", "R-R non-mated"]):
            assert sum(curve["counts"]) == curve["total"] == totals[name, short]
            assert len(curve["counts"]) == len(curve["from"]) == len(curve["to"]) <= 200
        assert len(matcher["marks"]) == 7


def test_page_shows_hostile_strings_as_text(reports):
    text = (reports / "hostile" / "report.html").read_text(encoding="utf-8")
    shown = "".join(page(reports, "hostile").text)
    for string in hostile_strings(reports) - {""}:
        valid = string.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        visible = re.sub("[\x00-\x1f\u202e]", lambda c: f"[U+{ord(c[0]):04X}]", valid)
        assert visible in shown, string[:80]
    assert "<script>document.title" not in text and "<img" not in text and "\u202e" not in text
    data = page(reports, "hostile").raw["script"][0]
    assert "<" not in data and "\\u003c/script" in data


def test_page_says_the_verdict_in_words(reports):
    for model, words in {"found": "Leakage found", "not-found": "No leakage found",
                         "no-control": "No verdict: no hold-out set"}.items():
        shown = "".join(page(reports, model).text)
        assert words in shown
        assert load(reports, model)["verdict"]["text"] in shown


def test_numbers_that_are_not_finite_are_absent(reports):
    report = load(reports, "bare")  # fails on NaN and Infinity
    assert report["matchers"][0]["thresholds"][0]["score"] is None
    assert report["verdict"]["p"] is None
    assert rows(reports, "bare", "pairs.csv")[0]["score"] == ""
    assert not re.search(r"\b(nan|inf|infinity)\b", "".join(page(reports, "bare").text), re.IGNORECASE)
    assert math.isfinite(report["verdict"]["alpha"])


def peak_memory(folder, rows):
    """Bytes that writing a report with tables of so many rows takes."""
    folder.mkdir()
    child = os.spawnv(os.P_NOWAIT, WRITER, [str(WRITER), str(folder), str(rows)])
    _, status, usage = os.wait4(child, 0)
    assert status == 0
    return usage.ru_maxrss * 1024


@pytest.mark.memory
def test_tables_of_people_and_images_are_not_held_in_memory(tmp_path):
    long = bool(os.environ.get("SEMBLANCE_LONG_TESTS"))
    rows = 10_000_000 if long else 300_000
    few = peak_memory(tmp_path / "few", 1000)
    many = peak_memory(tmp_path / "many", rows)
    with open(tmp_path / "many" / "images.csv", "rb") as table:
        assert sum(1 for _ in table) == rows + 1
    size = sum((tmp_path / "many" / name).stat().st_size for name in ("images.csv", "identities.csv",
                                                                      "control-people.csv"))
    assert size > 200 * rows
    assert many - few < 16 << 20, f"{(many - few) / rows:.0f} bytes a row"
