// What is refused, and that the message names file, row and way out.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "base/temp_folder.hpp"
#include "store/fixtures.hpp"

namespace semblance::testing {
namespace {

namespace fs = std::filesystem;

class Refusals : public ::testing::Test {
 protected:
  // A file of the given name and content is refused by name.
  void expect_file_refused(const std::string& name, const std::string& content,
                           const std::vector<std::string>& fragments) const {
    const std::string file = temp_.file(name, content).string();
    expect_refused({.location = file, .items = {}}, file, fragments);
  }
  TempFolder temp_;
};

std::string little(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xffU);
  return text;
}

TEST_F(Refusals, NameTheRowAndColumnOfNanAndInfinity) {
  for (const char* kind : {"f2", "f4", "f8"}) {
    expect_fixture_refused(std::string("nan_") + kind + ".npy", {"row 2:", "column 3 is NaN"});
    expect_fixture_refused(std::string("inf_") + kind + ".npy", {"row 4:", "column 0 is infinite"});
    expect_fixture_refused(std::string("minus_inf_") + kind + ".npy", {"row 6:", "column 4 is infinite"});
  }
}

TEST_F(Refusals, NameZeroRowsUnlessTheyAreAllowed) {
  expect_fixture_refused("zero_row.npy", {"row 5:", "zeros only"});
  const EmbeddingSet set =
      read_embeddings({.location = fixture("zero_row.npy"), .items = {}}, {.allow_zero_rows = true});
  EXPECT_EQ(set.matrix.rows, 7U);
  expect_refused({.location = fixture("nan_f4.npy"), .items = {}}, fixture("nan_f4.npy"), {"row 2:", "NaN"},
                 {.allow_zero_rows = true});
}

TEST_F(Refusals, NameTheFirstOfManyBadRowsAndHowManyThereAre) {
  expect_fixture_refused("many_bad.npy", {"row 777:", "column 11 is infinite", "3 rows of 20000"});
  expect_refused({.location = fixture("many_bad.npy"), .items = {}}, fixture("many_bad.npy"),
                 {"row 777:", "2 rows of 20000"}, {.allow_zero_rows = true});
}

TEST_F(Refusals, NameTheIdOfABadRowWhereItHasOne) {
  const auto items = temp_.file("items.csv", "id\na\nb\nc\nd\ne\nf\ng\n");
  expect_refused({.location = fixture("nan_f8.npy"), .items = items}, fixture("nan_f8.npy"),
                 {"row 2 (id 'c'):", "NaN"});
}

TEST_F(Refusals, NameNumbersBeyondFloat32) {
  for (const char* name : {"too_wide.npy", "too_wide_fortran.npy", "too_wide.safetensors", "too_wide.h5"}) {
    expect_fixture_refused(name, {"row 3:", "column 2 is -1e+39", "float32", "2 rows of 7"});
  }
  expect_file_refused("wide.csv", "1,2\n3,-1e39\n", {"row 1:", "column 1 is -1e39", "float32"});
  expect_file_refused("wider.csv", "1,2\n1e999,4\n", {"row 1:", "column 0 is 1e999", "float32"});
  expect_file_refused("wide.jsonl", "[1,2]\n[3,1e39]\n", {"row 1:", "column 1 is 1e+39", "float32"});
}

TEST_F(Refusals, TellHowPickledArraysAreConverted) {
  expect_fixture_refused("objects.npy",
                         {"pickled", "import numpy; numpy.save(", "allow_pickle=True", "objects.float32.npy"});
  expect_fixture_refused("objects.npz", {"pickled", "allow_pickle=True)['emb']"});
  expect_fixture_refused("table.npy", {"table"});
  const std::string pickle("\x80\x04N.", 4);
  expect_file_refused("r.pkl", pickle, {"pickle", "import numpy, pickle; numpy.save(", "r.float32.npy"});
  expect_file_refused("r.npy", pickle, {"pickle", "import numpy, pickle; numpy.save("});
  for (const char* name : {"r.pt", "r.PTH"}) {
    expect_file_refused(name, "PK\x03\x04", {"PyTorch", "import numpy, torch; numpy.save("});
  }
  expect_file_refused("it's\\.pkl", pickle, {"it\\'s\\\\.pkl"});
}

TEST_F(Refusals, TellWhatIsNotAFloatingPointMatrix) {
  expect_fixture_refused("integers.npy", {"<i8", "astype('float32')"});
  expect_fixture_refused("complex.npy", {"<c8"});
  expect_fixture_refused("long_double.npy", {"<f16"});
  expect_fixture_refused("vector.npy", {"(5,)", "two-dimensional"});
  expect_fixture_refused("cube.npy", {"(2, 3, 4)", "two-dimensional"});
  expect_fixture_refused("integers.h5", {"'x' (2, 3) integer64"});
  expect_fixture_refused("integers.safetensors", {"'x' (1, 2) I64"});
  const std::string two = fixture("f4_le.h5");
  expect_refused({.location = two + ":labels", .items = {}}, two, {"'labels'", "integer64", "float32"});
  expect_refused({.location = two + ":deep/names", .items = {}}, two, {"'deep/names'"});
  const std::string stored = fixture("stored.npz");
  expect_refused({.location = stored + ":counts", .items = {}}, stored, {"'counts'", "<i8", "['counts']"});
  expect_refused({.location = stored + ":labels", .items = {}}, stored, {"'labels'", "<U1"});
  const std::string third = fixture("two.npz");
  expect_refused({.location = third + ":third", .items = {}}, third, {"'third'", "(5,)"});
}

TEST_F(Refusals, ListTheArraysWhenOneMustBePicked) {
  expect_fixture_refused("ambiguous.npz", {"'a' (7, 5)", "'b' (7, 5)", "ambiguous.npz:a"});
  expect_fixture_refused("two.h5", {"'g/y' (7, 5) float32", "'x' (7, 5) float32", "two.h5:g/y"});
  expect_fixture_refused("two.safetensors", {"'x' (7, 5) F32", "'y.w' (7, 5) F64"});
  expect_fixture_refused("no_matrix.npz", {"no two-dimensional", "'a' (5)", "'b' (2, 2) <i8"});
  for (const char* name : {"two.npz", "two.h5", "two.safetensors"}) {
    expect_refused({.location = fixture(name) + ":nope", .items = {}}, fixture(name), {"no array 'nope'"});
  }
  expect_refused({.location = fixture("integers.npy") + ":x", .items = {}}, fixture("integers.npy"),
                 {"leave out ':x'"});
}

TEST_F(Refusals, TellEmptySets) {
  expect_fixture_refused("no_rows.npy", {"holds no embeddings", "(0, 4)"});
  expect_fixture_refused("no_columns.npy", {"holds no embeddings", "(4, 0)"});
  expect_file_refused("empty.npy", "", {"empty file"});
  expect_file_refused("none.fbin", little(0, 4) + little(5, 4), {"holds no embeddings"});
  expect_file_refused("none.fvecs", little(0, 4), {"holds no embeddings"});
  expect_file_refused("none.csv", "id,a,b\n", {"holds no embeddings"});
  expect_file_refused("none.jsonl", "\n\n", {"holds no embeddings"});
  expect_file_refused("hollow.jsonl", "[]\n", {"line 1", "no embedding"});
}

TEST_F(Refusals, TellHeadersThatPromiseMoreThanTheFileHolds) {
  auto npy = [](const std::string& shape) {
    std::string bytes = npy_bytes({1, 2}, 1, 2);
    const std::string literal = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
    return bytes.replace(10, literal.size(), literal);
  };
  expect_file_refused("a.npy", npy("(4294967294, 4294967296)"), {"more than any file"});
  expect_file_refused("b.npy", npy("(4294967294, 1000000)"), {"truncated"});
  expect_file_refused("c.npy", npy("(4294967295, 2)"), {"can't hold more than"});
  expect_file_refused("d.npy", npy("(18446744073709551616, 2)"), {"can't be understood"});
  expect_file_refused("e.npy", npy("(-1, 2)"), {"can't be understood"});
  expect_file_refused("long.npy", npy_bytes({1, 2}, 1, 2) + "x", {"1 bytes beyond"});
  expect_file_refused("v9.npy", std::string("\x93NUMPY\x09\x00\x00\x00", 10), {"version 9"});
  expect_file_refused("text.npy", "hello", {"\\x93NUMPY"});
  expect_file_refused("zip.npy", "PK\x03\x04....", {".npz"});
  for (const char* literal :
       {"{'descr': '<f4'}", "{'shape': (1, 2), ", "[]", "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1, 2)}"}) {
    const std::string text(literal);
    expect_file_refused("header.npy", std::string("\x93NUMPY\x01\x00", 8) + little(text.size(), 2) + text + "12345678",
                        {"can't be understood"});
  }

  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  expect_file_refused("a.fbin", little(most, 4) + little(most, 4), {"can't hold more than"});
  expect_file_refused("b.fbin", little(most - 1, 4) + little(most, 4) + "1234", {"more than any file"});
  expect_file_refused("c.fbin", little(1, 4) + little(1, 4) + "12345", {"longer than its shape"});
  expect_file_refused("a.fvecs", little(most, 4) + "1234", {"truncated", "4294967295"});
  expect_file_refused("b.fvecs", little(1, 4) + "1234" + little(2, 4) + "12345678",
                      {"row 1", "dimension 2", "row 0 has 1"});

  auto safetensors = [](const std::string& header) { return little(header.size(), 8) + header + "12345678"; };
  expect_file_refused("a.safetensors", little(most, 8) + "{}", {"header", "isn't whole"});
  expect_file_refused("b.safetensors", safetensors("{nope"), {"isn't JSON"});
  expect_file_refused("c.safetensors", safetensors(R"({"x":{"dtype":"F32","shape":[1,2],"data_offsets":[0,16]}})"),
                      {"truncated", "'x'"});
  expect_file_refused("d.safetensors", safetensors(R"({"x":{"dtype":"F32","shape":[1,2],"data_offsets":[8,0]}})"),
                      {"data_offsets"});
  expect_file_refused("e.safetensors", safetensors(R"({"x":{"dtype":"F32","shape":[1,3],"data_offsets":[0,8]}})"),
                      {"12 bytes, but has 8"});
  expect_file_refused("f.safetensors", safetensors(R"({"x":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}})"),
                      {"belong to no tensor"});
  expect_file_refused("g.safetensors",
                      safetensors(R"({"x":{"dtype":"F32","shape":[4294967294,4294967296],"data_offsets":[0,8]}})"),
                      {"more than any file"});
  expect_file_refused("h.safetensors", safetensors(R"({"x":[1]})"), {"'x'"});

  expect_fixture_refused("bomb.npz", {"'x'", "more than"});
  expect_fixture_refused("short.npz", {"61440 bytes", "4096"});
  expect_fixture_refused("damaged.npz", {"CRC"});
  expect_fixture_refused("mostly_unwritten.h5", {"'x'", "more than"});
  expect_fixture_refused("unwritten.h5", {"'x'", "never written"});
  expect_fixture_refused("external.h5", {"other files"});
  expect_fixture_refused("virtual.h5", {"other files"});
}

TEST_F(Refusals, TellTheShapeThatRawFloatsNeed) {
  const std::string file = temp_.file("r.f32", "12345678").string();
  for (const char* shape : {"", ":2", ":x2", ":2x", ":2x1x1", ":-2x1", ":2*1", ":ax1"}) {
    expect_refused({.location = file + shape, .items = {}}, file, {"ROWSxDIM"});
  }
  expect_refused({.location = file + ":2x2", .items = {}}, file, {"truncated", "16 bytes", "8 are there"});
  expect_refused({.location = file + ":1x1", .items = {}}, file, {"longer than its shape"});
  expect_refused({.location = file + ":0x1", .items = {}}, file, {"holds no embeddings"});
  expect_refused({.location = file + ":4294967294x4294967296", .items = {}}, file, {"more than any file"});
}

TEST_F(Refusals, TellWhatIsWrongInText) {
  expect_file_refused("ragged.csv", "1,2\n3,4\n5\n", {"line 3", "1 fields", "2"});
  expect_file_refused("word.csv", "1,2\n3,four\n", {"line 2, column 2", "'four'"});
  expect_file_refused("gap.csv", "0.5,,2\n1,2,3\n", {"line 1, column 2", "''"});
  expect_file_refused("three.csv", "a,b,c,1\n", {"line 1", "3 fields before"});
  expect_file_refused("twice.csv", "a,1,2\nb,3,4\na,5,6\n", {"line 3", "'a'", "line 1"});
  expect_file_refused("nobody.csv", "id,e0\n,1\n", {"line 2", "id is empty"});
  expect_file_refused("some.csv", "id,identity,e0\na,p,1\nb,,2\n", {"line 3", "no identity"});
  expect_file_refused("status.csv", "id,status,e0\na,ok,1\n", {"status"});
  expect_file_refused("items.csv", "id,identity\na,p\n", {"no columns of numbers", "items file"});
  expect_file_refused("nan.csv", "1,2\n3,nan\n", {"row 1:", "column 1 is NaN"});
  expect_file_refused("inf.csv", "x,1,2\ny,-inf,4\n", {"row 1 (id 'y'):", "column 0 is infinite"});
  expect_file_refused("zero.csv", "1,2\n0,-0\n3,4\n", {"row 1:", "zeros only"});

  expect_file_refused("ragged.jsonl", "[1,2]\n\n[3]\n", {"line 3", "1 dimensions", "line 1 has 2"});
  expect_file_refused("broken.jsonl", "[1,2]\n[3,", {"line 2", "JSON"});
  expect_file_refused("nan.jsonl", "[1,2]\n[NaN,1]\n", {"line 2", "NaN"});
  expect_file_refused("null.jsonl", "[1,null]\n", {"line 1", "null stands among"});
  expect_file_refused("nested.jsonl", "[[1,2]]\n", {"line 1", "[1,2] stands among"});
  expect_file_refused("text.jsonl", "\"x\"\n", {"line 1", "isn't an array"});
  expect_file_refused("other.jsonl", "{\"vector\":[1]}\n", {"line 1", "\"embedding\""});
  expect_file_refused("twice.jsonl", R"({"id":"a","embedding":[1]}
{"id":"a","embedding":[2]}
)",
                      {"line 2", "'a'", "line 1"});
  expect_file_refused("some.jsonl", R"({"id":"a","embedding":[1]}
{"embedding":[2]}
)",
                      {"line 2", "has no id but the lines before do"});
  expect_file_refused("late.jsonl", R"({"embedding":[1]}
{"id":"a","embedding":[2]}
)",
                      {"line 2", "has an id but the lines before don't"});
  expect_file_refused("odd.jsonl", R"({"id":[1],"embedding":[1]})", {"line 1", "\"id\""});
}

TEST_F(Refusals, TellWhatIsNotThereOrCannotBeRead) {
  const std::string missing = (temp_.path() / "missing.npy").string();
  expect_refused({.location = missing, .items = {}}, missing, {"no such file"});
  const std::string h5 = (temp_.path() / "missing.h5").string();
  expect_refused({.location = h5 + ":a/b", .items = {}}, h5, {"no such file"});
  expect_refused({.location = "", .items = {}}, "", {"needs a location", ".npy"});
  const std::string pipe = (temp_.path() / "pipe.npy").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  expect_refused({.location = pipe, .items = {}}, pipe, {"not a regular file"});
  expect_file_refused("r.parquet", "PAR1", {"unknown", ".parquet", ".safetensors", "ROWSxDIM"});
  expect_file_refused("noextension", "x", {"unknown", ".npy"});
}

TEST_F(Refusals, TellAFileThatMayNotBeRead) {
  const std::string file = temp_.file("secret.npy", npy_bytes({1, 2}, 1, 2)).string();
  ASSERT_EQ(::chmod(file.c_str(), 0), 0);
  const bool root = ::geteuid() == 0;
  ASSERT_TRUE(!root || ::seteuid(65534) == 0);  // root may read everything
  expect_refused({.location = file, .items = {}}, file, {"Permission denied"});
  ASSERT_TRUE(!root || ::seteuid(0) == 0);
}

}  // namespace
}  // namespace semblance::testing
