"""The files of review against their schemas, and a location that holds nobody."""

import io
import json
import resource
import tarfile

import jsonschema
import pytest

from support import INPUT, SOURCE, fails, run, undescribed
from test_review import PEOPLE, audited, drawn_answers, pack, packed, write_answers  # noqa: F401 (fixtures)


def test_answers_match_their_schema(packed, tmp_path):
    schema = json.loads((SOURCE / "docs/schema/semblance-answers-1.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    folder, key, _ = packed
    content = json.loads(write_answers(tmp_path / "a.json", folder, "ann", drawn_answers(key, 1)).read_text())
    jsonschema.validate(content, schema)
    for wrong in ({"answers": [{"pair": 0, "answer": "same"}]}, {"answers": [{"pair": 1, "answer": "yes"}]}, {"reviewer": ""},
                  {"pack": "abc"}, {"schema": "semblance-answers/2"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**content, **wrong}, schema)


def test_keys_and_results_match_their_schemas(audited, packed, tmp_path):
    schemas = {name: json.loads((SOURCE / f"docs/schema/semblance-{name}-1.schema.json").read_text()) for name in ("review-key", "review")}
    folder, key, _ = packed
    _, bare = pack(audited, tmp_path / "pack", "--pairs", 12, report="bare", controls=False)
    files = [write_answers(tmp_path / f"{seed}.json", folder, f"r{seed}", drawn_answers(key, seed, 5)) for seed in (1, 2)]
    few = write_answers(tmp_path / "few.json", folder, "few", {1: "same"})
    alone = write_answers(tmp_path / "alone.json", tmp_path / "pack", "ann", {1: "same"})
    results = [json.loads(run("review", *[part for file in given for part in ("--import", file)], "--pack", at, "--json").stdout)
               for given, at in ((files, folder), ([*files, few], folder), ([few], folder), ([alone], tmp_path / "pack"))]
    for name, contents, wrong in (("review-key", [key, bare], {"pairs": []}), ("review", results, {"reviewers": []})):
        jsonschema.Draft202012Validator.check_schema(schemas[name])
        validator = jsonschema.Draft202012Validator(schemas[name])
        for content in contents:
            validator.validate(content)
            assert not undescribed(content, schemas[name], schemas[name])
            assert not validator.is_valid({**content, **wrong}) and not validator.is_valid({**content, "listed": -1})


def test_a_wrong_archive_is_read_but_once(audited, tmp_path):
    """It is slow to unpack, and every person of the report could be looked for in it."""
    with tarfile.open(tmp_path / "g.tar.gz", "w:gz") as archive:
        for k in range(40):
            entry = tarfile.TarInfo(f"other/{k:03d}.pgm")
            entry.size = 4 << 20
            archive.addfile(entry, io.BytesIO(b"P5 2048 2047 255\n" + bytes(entry.size - 17)))

    def seconds(pairs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        line = fails(INPUT, "review", audited / "report", "--train-images", audited / "photos-r", "--synthetic-images",
                     tmp_path / "g.tar.gz", "--holdout-images", audited / "photos-h", "--pairs", pairs, "--out", tmp_path / "out")
        assert "--synthetic-images" in line and "holds no picture of anybody in the report" in line
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    at_once = seconds(2 * PEOPLE)
    assert seconds(2) < 2 * at_once + 0.2
