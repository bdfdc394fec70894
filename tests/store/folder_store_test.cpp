// The folder store: what is written is what is read back, and a changed one is noticed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>

#include <bit>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/sha256.hpp"
#include "base/temp_folder.hpp"
#include "store/fixtures.hpp"
#include "store/store_writer.hpp"

namespace semblance::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<float> kValues{1, 2, 3, -4, 5, 1e-45F};
const MatrixView kMatrix{kValues.data(), 3, 2, 2};
const std::vector<StoreItem> kItems{{"b", "p", "x/b.jpg"}, {"a,\"1\"\n", "q", ""}, {"c", "p", ""}};

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

void expect_not_written(const std::function<void()>& write, ErrorCode code, const std::string& subject,
                        const std::string& reason) {
  try {
    write();
    ADD_FAILURE() << "was written";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_THAT(error.subject(), HasSubstr(subject));
    EXPECT_THAT(error.message(), HasSubstr(reason));
  }
}

class FolderStore : public ::testing::Test {
 protected:
  void SetUp() override { write_store(store_, kMatrix, kItems, {.matcher = "arc", .note = "a \"note\""}); }
  void expect_store_refused(const std::string& file, const std::vector<std::string>& fragments) const {
    const fs::path subject = file.empty() ? store_ : store_ / file;
    expect_refused({.location = store_.string(), .items = {}}, subject.string(), fragments);
  }
  void rewrite(const std::string& name, const std::string& content) const { temp_.file("store/" + name, content); }
  void edit_card(const std::function<void(nlohmann::json&)>& edit) const {
    nlohmann::json card = nlohmann::json::parse(slurp(store_ / "store.json"));
    edit(card);
    rewrite("store.json", card.dump());
  }

  TempFolder temp_;
  fs::path store_ = temp_.path() / "store";
};

TEST_F(FolderStore, ReadsBackWhatWasWritten) {
  const EmbeddingSet set = read_embeddings({.location = store_.string(), .items = {}});
  EXPECT_EQ(elements(set.matrix), kValues);
  EXPECT_THAT(set.ids, ElementsAre("b", "a,\"1\"\n", "c"));
  EXPECT_THAT(set.order, ElementsAre(1U, 0U, 2U));
  EXPECT_THAT(set.paths, ElementsAre("x/b.jpg", "", ""));
  EXPECT_THAT(set.identity_names, ElementsAre("p", "q"));
  EXPECT_THAT(set.identity, ElementsAre(0U, 1U, 0U));
  EXPECT_EQ(set.matcher, "arc");
  EXPECT_EQ(set.location, store_.string());
  EXPECT_EQ(set.sha256, sha256_file(store_ / "embeddings.npy"));
  EXPECT_EQ(set.items_sha256, sha256_file(store_ / "items.csv"));
}

TEST_F(FolderStore, HoldsThreeFilesAndNothingElseIsLeft) {
  EXPECT_EQ(entries(store_), 3U);
  EXPECT_EQ(entries(temp_.path()), 1U);
  const nlohmann::json card = nlohmann::json::parse(slurp(store_ / "store.json"));
  EXPECT_EQ(card["schema"], "semblance-store/1");
  EXPECT_EQ(card["matcher"], "arc");
  EXPECT_EQ(card["rows"], 3);
  EXPECT_EQ(card["dim"], 2);
  EXPECT_EQ(card["dtype"], "float32");
  EXPECT_EQ(card["note"], "a \"note\"");
  EXPECT_EQ(card["sha256"], sha256_file(store_ / "embeddings.npy"));
}

TEST_F(FolderStore, IsByteForByteWhatNumpyWrites) {
  const std::string script =
      "import io, numpy, sys; a = numpy.load(sys.argv[1]); b = io.BytesIO(); numpy.save(b, a); "
      "sys.exit(not (a.dtype == '<f4' and a.flags.c_contiguous and "
      "numpy.array_equal(a, numpy.array([[1, 2], [3, -4], [5, 1e-45]], dtype='f4')) and "
      "b.getvalue() == open(sys.argv[1], 'rb').read()))";
  const std::string command =
      std::string(SEMBLANCE_TEST_PYTHON) + " -c \"" + script + "\" '" + (store_ / "embeddings.npy").string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST_F(FolderStore, TakesAnotherItemsFileInPlaceOfItsOwn) {
  const auto items = temp_.file("other.csv", "id\nx\ny\nz\n");
  const EmbeddingSet set = read_embeddings({.location = store_.string(), .items = items});
  EXPECT_THAT(set.ids, ElementsAre("x", "y", "z"));
  EXPECT_FALSE(set.labelled);
}

TEST_F(FolderStore, MayBeNamedByItsNpy) {
  const EmbeddingSet set = read_embeddings({.location = (store_ / "embeddings.npy").string(), .items = {}});
  EXPECT_EQ(elements(set.matrix), kValues);
  EXPECT_THAT(set.ids, ElementsAre("0", "1", "2"));
}

TEST_F(FolderStore, IsRefusedWhenItsFilesChanged) {
  std::string npy = slurp(store_ / "embeddings.npy");
  npy.back() = '\x01';
  rewrite("embeddings.npy", npy);
  expect_store_refused("embeddings.npy", {"changed", "sha256", "store.json"});
}

TEST_F(FolderStore, IsRefusedWhenItsShapeIsNotTheOneItNames) {
  edit_card([](auto& card) { card["rows"] = 4; });
  expect_store_refused("embeddings.npy", {"3 rows of 2", "4 of 2"});
  edit_card([](auto& card) { card["rows"] = 3, card["dim"] = 1; });
  expect_store_refused("embeddings.npy", {"3 rows of 2", "3 of 1"});
}

TEST_F(FolderStore, IsRefusedWhenItsCardIsNotOurs) {
  edit_card([](auto& card) { card["schema"] = "semblance-store/2"; });
  expect_store_refused("store.json", {"semblance-store/2", "semblance-store/1"});
  edit_card([](auto& card) { card.erase("schema"); });
  expect_store_refused("store.json", {"\"schema\""});
  edit_card([](auto& card) { card["schema"] = "semblance-store/1", card["rows"] = "many"; });
  expect_store_refused("store.json", {"\"rows\""});
  rewrite("store.json", "{\"schema\":");
  expect_store_refused("store.json", {"JSON"});
}

TEST_F(FolderStore, IsRefusedWhenAFileIsMissing) {
  for (const char* name : {"store.json", "embeddings.npy"}) {
    const std::string content = slurp(store_ / name);
    fs::remove(store_ / name);
    expect_store_refused("", {"not an embedding store", name, "items.csv"});
    rewrite(name, content);
  }
  fs::remove(store_ / "items.csv");
  expect_store_refused("items.csv", {"No such file"});
}

TEST_F(FolderStore, IsToldFromAFolderOfImages) {
  fs::create_directories(temp_.path() / "flat");
  fs::create_directories(temp_.path() / "people" / "ann");
  temp_.file("flat/1.PNG", "x");
  temp_.file("people/ann/1.jpg", "x");
  for (const char* name : {"flat", "people"}) {
    const std::string folder = (temp_.path() / name).string();
    expect_refused({.location = folder, .items = {}}, folder, {"images", "semblance embed"});
  }
}

TEST_F(FolderStore, IsNotWrittenOverAnother) {
  expect_not_written([&] { write_store(store_, kMatrix, kItems, {}); }, ErrorCode::output, store_.string(),
                     "not empty");
  EXPECT_EQ(elements(read_embeddings({.location = store_.string(), .items = {}}).matrix), kValues);
}

TEST_F(FolderStore, IsNotWrittenWhenItCouldNotBeReadBack) {
  const fs::path folder = temp_.path() / "bad";
  auto refused = [&](const MatrixView& matrix, const std::vector<StoreItem>& items, const std::string& reason) {
    expect_not_written([&] { write_store(folder, matrix, items, {}); }, ErrorCode::usage, folder.filename().string(),
                       reason);
  };
  refused(kMatrix, {{"a", "", ""}, {"b", "", ""}}, "2 items for 3");
  refused(kMatrix, {{"a", "", ""}, {"b", "", ""}, {"a", "", ""}}, "'a' is used twice");
  refused(kMatrix, {{"a", "", ""}, {"b", "", ""}, {"", "", ""}}, "no id");
  refused(kMatrix, {{"a", "", ""}, {"b", "p", ""}, {"c", "", ""}}, "'b'");
  refused({kValues.data(), 0, 2, 2}, {}, "no embeddings");
  std::vector<float> bad = kValues;
  bad[4] = std::nanf("");
  refused({bad.data(), 3, 2, 2}, kItems, "row 2");
  EXPECT_EQ(entries(temp_.path()), 1U);
}

TEST_F(FolderStore, LeavesNothingWhenTheDiskFillsUp) {
  const std::vector<float> large(1'000'000, 1.0F);
  std::vector<StoreItem> items;
  for (int i = 0; i < 1000; ++i) items.push_back({std::to_string(i), "", ""});
  // A limit on file sizes stands in for the full disk: both make write() fail half-way through embeddings.npy.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{1'000'000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  expect_not_written(
      [&] {
        write_store(temp_.path() / "full", {large.data(), 1000, 1000, 1000}, items, {});
      },
      ErrorCode::output, "embeddings.npy", "File too large");
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(entries(temp_.path()), 1U);
}

TEST_F(FolderStore, IsWrittenIntoAFolderThatSomebodyStages) {
  const fs::path folder = temp_.path() / "case" / "train";
  fs::create_directories(folder);
  const std::vector<float> strided{1, 2, 99, 3, -4, 99, 5, 1e-45F};
  store_stage::write_store_files(folder, {strided.data(), 3, 2, 3}, kItems, {});
  EXPECT_EQ(elements(read_embeddings({.location = folder.string(), .items = {}}).matrix), kValues);
}

RC_GTEST_PROP(FolderStoreRoundTrip, KeepsEverythingBitForBit, ()) {
  const auto rows = *rc::gen::inRange<std::size_t>(1, 12);
  const auto cols = *rc::gen::inRange<std::size_t>(1, 20);
  const auto bits =
      *rc::gen::container<std::vector<std::uint32_t>>(rows * cols, rc::gen::inRange(0x00000001U, 0x7f800000U));
  const auto ids = *rc::gen::unique<std::vector<std::string>>(rows, rc::gen::nonEmpty(rc::gen::string<std::string>()));
  const bool labelled = *rc::gen::arbitrary<bool>();
  std::vector<float> values;
  for (const std::uint32_t word : bits)
    values.push_back(std::bit_cast<float>(word | (word % 3 == 0 ? 0x80000000U : 0U)));
  std::vector<StoreItem> items;
  for (std::size_t i = 0; i < rows; ++i) items.push_back({ids[i], labelled ? std::string(1 + i % 3, 'p') : "", ""});

  const TempFolder temp;
  write_store(temp.path() / "s", {values.data(), rows, cols, cols}, items, {});
  const EmbeddingSet set = read_embeddings({.location = (temp.path() / "s").string(), .items = {}});
  RC_ASSERT(elements(set.matrix) == values);
  RC_ASSERT(set.ids == ids);
  RC_ASSERT(set.labelled == labelled);
  for (std::size_t i = 0; i < rows; ++i) {
    RC_ASSERT(set.identity_names.at(set.identity[i]) == (labelled ? items[i].identity : ids[i]));
    for (std::size_t j = 0; j < rows; ++j) RC_ASSERT((ids[i] < ids[j]) == (set.order[i] < set.order[j]));
  }
}

}  // namespace
}  // namespace semblance::testing
