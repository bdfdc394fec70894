"""Gates as a publisher's CI sees them: exit codes, summaries in three formats, names of any kind."""

import csv
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree

import jsonschema
import pytest

from support import INPUT, OUTPUT, SOURCE, USAGE, case, fails, report, run

GATE_FAILED = 10
HOSTILE = "a]b\"<c>&'\x1b[31m\u202e\uffff"


@pytest.fixture(scope="module")
def leaky(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gate")
    run(*case(folder, leaks=30), "--permutations", 999, "--out", folder / "report")
    return folder / "report"


def gate(folder, *arguments, check=True):
    return run("gate", folder, *arguments, check=check)


def blocked(folder, *arguments):
    done = gate(folder, *arguments, check=False)
    assert done.returncode == GATE_FAILED, (done.returncode, done.stdout, done.stderr)
    return done


def with_matcher_named(source, folder, name):
    """A copy of the report by a matcher of that name."""
    shutil.copytree(source, folder)
    written = report(folder)
    old = written["matchers"][0]["name"]
    written["matchers"][0]["name"] = name
    (folder / "report.json").write_text(json.dumps(written))
    with open(folder / "removal.csv", newline="") as file:
        rows = [[name if field == old else field for field in row] for row in csv.reader(file)]
    with open(folder / "removal.csv", "w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


def test_exit_codes(leaky):
    listed = report(leaky)["matchers"][0]["identities"]["fdr"][1]["count"]
    assert listed > 0
    done = gate(leaky, "--fail-if", f"leaked_identities@fdr5 > {listed}")
    assert "gate       passed: 0 of 1 conditions fail" in done.stdout
    done = blocked(leaky, "--fail-if", "leaked_identities@fdr5 > 0")
    assert f"is {listed}; > 0 holds" in done.stdout and done.stderr == ""
    # Any that holds fails, wherever it stands.
    blocked(leaky, "--fail-if", "p > 1", "--fail-if", "verdict == found")
    blocked(leaky, "--fail-if", "verdict == found", "--fail-if", "p > 1")
    done = blocked(leaky, "--fail-if", "verdict == found", "--quiet")
    assert done.stdout == "" and "verdict is found" in done.stderr


def test_what_is_missing_fails_unless_allowed(leaky):
    done = blocked(leaky, "--fail-if", "near_copies > 0")
    assert "MISSING" in done.stdout and "no pictures were given" in done.stdout and "--allow-missing" in done.stdout
    done = gate(leaky, "--fail-if", "near_copies > 0", "--allow-missing")
    assert "skipped" in done.stdout
    blocked(leaky, "--fail-if", "near_copies > 0", "--fail-if", "removal > 0", "--allow-missing")


@pytest.mark.parametrize("arguments, says", [
    (["--fail-if", "leaked_identities@fdr7 > 0"], "use one of @fdr1 @fdr5"),
    (["--fail-if", "pairs@fmr1e-9 > 0"], "--fmr"),
    (["--fail-if", "leaked > 0"], "did you mean"),
    (["--fail-if", "p[matcher=nobody] < 1"], "has no matcher 'nobody'"),
    (["--fail-if", "p < 1", "--summary", "gate.txt"], ".json"),
    (["--summary", "gate.json"], "--fail-if"),
    ([], "--fail-if"),
    (["--allow-missing", "--list-metrics"], "--allow-missing"),
    (["--fail-if", "p < 1", "--list-metrics"], "--list-metrics"),
])
def test_wrong_options_are_errors_and_never_a_pass(leaky, arguments, says):
    assert says in fails(USAGE, "gate", leaky, *arguments)


def test_folders_that_are_no_reports_are_refused(leaky, tmp_path):
    assert "isn't there" in fails(INPUT, "gate", tmp_path / "absent", "--fail-if", "p < 1")
    assert "report.json" in fails(INPUT, "gate", tmp_path, "--fail-if", "p < 1")
    shutil.copytree(leaky, tmp_path / "cut")
    whole = (leaky / "report.json").read_text()
    (tmp_path / "cut/report.json").write_text(whole[: len(whole) // 2])
    assert "cut off or damaged" in fails(INPUT, "gate", tmp_path / "cut", "--fail-if", "p < 1")
    (tmp_path / "cut/report.json").write_text(whole.replace("semblance-report/1", "semblance-report/9"))
    assert "semblance-report/9" in fails(INPUT, "gate", tmp_path / "cut", "--fail-if", "p < 1")


def test_an_audit_gates_itself_and_writes_its_report_all_the_same(tmp_path):
    command = [*case(tmp_path, leaks=30), "--permutations", 999]
    done = run(*command, "--out", tmp_path / "out", "--fail-if", "leaked_identities@fdr5 > 0", "--summary",
               tmp_path / "gate.json", check=False)
    assert done.returncode == GATE_FAILED and "FAILED" in done.stdout
    assert report(tmp_path / "out")["verdict"]["leakage"] == "found"
    assert json.loads((tmp_path / "gate.json").read_text())["passed"] is False
    done = run(*command, "--out", tmp_path / "other", "--fail-if", "leaked_identities@fdr5 > 1000", "--json")
    assert json.loads(done.stdout) == report(tmp_path / "other")
    assert json.loads(done.stderr)["gate"]["passed"] is True
    # What can't be decided is said before anything is computed, and nothing is written.
    for wrong, says in [("leaked_identities@fdr7 > 0", "--fdr"), ("nonsense > 0", "nonsense"),
                        ("p[matcher=facenet] < 1", "it has 'arcface'")]:
        assert says in fails(USAGE, *command, "--matcher", "arcface", "--out", tmp_path / "no", "--fail-if", wrong)
        assert not (tmp_path / "no").exists()
    assert "gate.json" in fails(OUTPUT, *command, "--out", tmp_path / "no", "--fail-if", "p < 1", "--summary",
                                tmp_path / "gate.json")
    assert not (tmp_path / "no").exists()


def test_json_summaries_are_as_their_schema_says(leaky, tmp_path):
    schema = json.loads((SOURCE / "docs/schema/semblance-gate-1.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    conditions = ["leaked_identities@fdr5 > 0", "verdict == no-control", "near_copies > 0", "pairs@fmr1e-3 < 1%",
                  "consensus_identities@fdr1 != 0"]
    asked = [word for condition in conditions for word in ("--fail-if", condition)]
    blocked(leaky, *asked, "--summary", tmp_path / "gate.json")
    written = json.loads((tmp_path / "gate.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(written)
    assert [c["outcome"] for c in written["conditions"]] == ["failed", "passed", "missing", "passed", "missing"]
    assert written["conditions"][0]["level"] == {"kind": "fdr", "value": 0.05}
    assert written["conditions"][1]["value"] == "found" and written["conditions"][2]["value"] is None
    assert written["conditions"][3]["limit"] == 0.01
    assert written == json.loads(blocked(leaky, *asked, "--json").stdout)
    allowed = json.loads(blocked(leaky, *asked, "--json", "--allow-missing").stdout)
    assert [c["outcome"] for c in allowed["conditions"]] == ["failed", "passed", "skipped", "passed", "skipped"]
    jsonschema.Draft202012Validator(schema).validate(allowed)


def test_junit_summaries_hold_any_name(leaky, tmp_path):
    folder = with_matcher_named(leaky, tmp_path / "<&\"report\">", HOSTILE)
    quoted = HOSTILE.replace("\\", "\\\\").replace('"', '\\"')
    asked = ["--fail-if", f'leaked_identities@fdr5[matcher="{quoted}"] > 0', "--fail-if", "removal > 1e9", "--fail-if",
             "near_copies > 0"]
    for allowed, expected in (([], ["failure", "system-out", "failure"]),
                              (["--allow-missing"], ["failure", "system-out", "skipped"])):
        blocked(folder, *asked, *allowed, "--summary", tmp_path / "gate.xml", "--overwrite")
        text = (tmp_path / "gate.xml").read_text(encoding="utf-8")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e\uffff]", text)
        root = ElementTree.fromstring(text)
        suite = root.find("testsuite")
        cases = suite.findall("testcase")
        assert [c[0].tag for c in cases] == expected
        assert int(suite.get("tests")) == 3 and int(suite.get("failures")) == expected.count("failure")
        assert int(suite.get("skipped")) == expected.count("skipped")
        assert "a]b" in cases[0].get("name") and "<c>&'[U+001B][31m[U+202E][U+FFFF]" in cases[0][0].get("message")
        assert cases[0][0].get("type") == "failed"
        properties = {p.get("name"): p.get("value") for p in suite.iter("property")}
        assert properties["report"].endswith('<&"report">') and properties["verdict"] == "found"


def test_sarif_summaries_name_rules_results_and_places(leaky, tmp_path):
    folder = with_matcher_named(leaky, tmp_path / "a b%ü", HOSTILE)
    blocked(folder, "--fail-if", "leaked_identities@fdr5 > 0", "--fail-if", "leaked_identities@fdr1 > 1e9", "--fail-if",
            "near_copies > 0", "--allow-missing", "--summary", tmp_path / "gate.sarif")
    written = json.loads((tmp_path / "gate.sarif").read_text(encoding="utf-8"))
    assert written["version"] == "2.1.0"
    (ran,) = written["runs"]
    rules = [rule["id"] for rule in ran["tool"]["driver"]["rules"]]
    assert rules == ["leaked_identities", "near_copies"]
    results = ran["results"]
    assert [r["kind"] for r in results] == ["fail", "pass", "notApplicable"]
    assert [r["level"] for r in results] == ["error", "none", "none"]
    assert [rules[r["ruleIndex"]] for r in results] == [r["ruleId"] for r in results]
    place = results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place.endswith("/a%20b%25%C3%BC/report.json")
    assert "[U+001B]" in results[0]["message"]["text"]


def test_names_can_not_write_to_the_terminal(leaky, tmp_path):
    folder = with_matcher_named(leaky, tmp_path / "copy", HOSTILE)
    for done in (blocked(folder, "--fail-if", "leaked_identities@fdr5 > 0"), gate(folder, "--list-metrics")):
        assert "[U+001B][31m" in done.stdout and "\x1b" not in done.stdout and "\u202e" not in done.stdout


def test_a_summary_is_replaced_only_if_it_is_one(leaky, tmp_path):
    file = tmp_path / "gate.json"
    asked = ["--fail-if", "p > 1", "--summary", file]
    gate(leaky, *asked)
    first = file.read_bytes()
    assert "--overwrite" in fails(OUTPUT, "gate", leaky, *asked)
    gate(leaky, *asked, "--overwrite")
    assert file.read_bytes() == first
    file.write_text("{\"precious\": true}")
    assert "something else" in fails(OUTPUT, "gate", leaky, *asked, "--overwrite")
    assert file.read_text() == "{\"precious\": true}"
    assert [path.name for path in tmp_path.iterdir()] == ["gate.json"]


def test_metrics_are_listed_with_their_values(leaky):
    shown = gate(leaky, "--list-metrics").stdout
    listed = json.loads(gate(leaky, "--list-metrics", "--json").stdout)["metrics"]
    names = {row["metric"] for row in listed}
    documented = set(re.findall(r"^\| `([a-z0-9_]+)", (SOURCE / "docs/gate.md").read_text(), re.MULTILINE))
    assert {name.split("@")[0] for name in names} == documented
    matcher = report(leaky)["matchers"][0]
    values = {row["metric"]: row["value"] for row in listed}
    assert values["leaked_identities@fdr5"] == matcher["identities"]["fdr"][1]["count"]
    assert values["leak_rate_upper95"] == matcher["leak_rate"]["upper95"]
    assert values["near_copies"] is None
    assert all(name in shown for name in names)
