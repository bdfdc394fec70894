// Every format that is read, against what NumPy says it holds.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "base/sha256.hpp"
#include "base/temp_folder.hpp"
#include "store/fixtures.hpp"

namespace semblance::testing {
namespace {

using Strings = std::vector<std::string>;

nlohmann::json cases() { return nlohmann::json::parse(slurp(fixtures() / "cases.json")); }

Strings texts(const nlohmann::json& object, const char* name) {
  return object.contains(name) ? object[name].get<Strings>() : Strings{};
}

// Bit for bit: -0 and denormals are to come through.
void expect_same_bits(const MatrixView& matrix, const std::string& expected) {
  const std::vector<float> all = elements(matrix);
  ASSERT_EQ(all.size() * sizeof(float), expected.size());
  EXPECT_EQ(std::memcmp(all.data(), expected.data(), expected.size()), 0);
}

TEST(Formats, HoldWhatNumpySaysTheyHold) {
  const nlohmann::json all = cases();
  ASSERT_GT(all.size(), 80U);
  for (const auto& one : all) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const EmbeddingSet set = read_embeddings({.location = fixture(one["location"]), .items = {}});
    EXPECT_EQ(set.location, fixture(one["location"]));
    ASSERT_EQ(set.matrix.rows, one["rows"].get<std::size_t>());
    ASSERT_EQ(set.matrix.cols, one["cols"].get<std::size_t>());
    expect_same_bits(set.matrix, slurp(fixtures() / one["expected"].get<std::string>()));
  }
}

TEST(Formats, GiveIdsIdentitiesAndPathsWhereTheyHaveThem) {
  for (const auto& one : cases()) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const EmbeddingSet set = read_embeddings({.location = fixture(one["location"]), .items = {}});
    const std::size_t rows = set.matrix.rows;
    const Strings ids = texts(one, "ids");
    const Strings identities = texts(one, "identities");
    ASSERT_EQ(set.ids.size(), rows);
    for (std::size_t row = 0; row < rows; ++row) {
      ASSERT_EQ(set.ids[row], ids.empty() ? std::to_string(row) : ids[row]);
      const auto rank = ids.empty()
                            ? static_cast<std::ptrdiff_t>(row)
                            : std::count_if(ids.begin(), ids.end(), [&](const auto& id) { return id < ids[row]; });
      ASSERT_EQ(static_cast<std::ptrdiff_t>(set.order[row]), rank);
    }
    EXPECT_EQ(set.labelled, !identities.empty());
    ASSERT_EQ(set.identity.size(), rows);
    for (std::size_t row = 0; row < rows; ++row) {
      ASSERT_EQ(set.identity_names.at(set.identity[row]), identities.empty() ? set.ids[row] : identities[row]);
    }
    EXPECT_EQ(set.paths, texts(one, "paths"));
    EXPECT_EQ(set.rejected, 0U);
    EXPECT_EQ(set.items_sha256, "");
    EXPECT_EQ(set.matcher, "");
  }
}

TEST(Formats, AreDigestedAsTheFilesThatTheyAre) {
  for (const char* name :
       {"v1_le_f4_C.npy", "v2_be_f8_F.npy", "deflated.npz", "a.fvecs", "tall.h5", "bare.csv", "arrays.jsonl"}) {
    EXPECT_EQ(read_embeddings({.location = fixture(name), .items = {}}).sha256, sha256_file(fixture(name))) << name;
  }
}

// The mapped address range is the kernel's own account of what is mapped and what was copied.
bool is_mapped_from(const float* data, const std::string& file) {
  std::ifstream maps("/proc/self/maps");
  const auto address = reinterpret_cast<std::uintptr_t>(data);
  for (std::string line; std::getline(maps, line);) {
    std::size_t dash = 0;
    const auto begin = std::stoull(line, &dash, 16);
    const auto end = std::stoull(line.substr(dash + 1), nullptr, 16);
    if (begin <= address && address < end) return line.ends_with(file);
  }
  return false;
}

TEST(Formats, MapFloat32AndCopyTheRest) {
  for (const char* name : {"v1_le_f4_C.npy", "v3_le_f4_C.npy", "a.fbin", "a.fvecs", "F32.safetensors"}) {
    const EmbeddingSet set = read_embeddings({.location = fixture(name), .items = {}});
    EXPECT_TRUE(is_mapped_from(set.matrix.data, name)) << name;
  }
  const EmbeddingSet raw = read_embeddings({.location = fixture("a.f32") + ":7x5", .items = {}});
  EXPECT_TRUE(is_mapped_from(raw.matrix.data, "a.f32"));
  for (const char* name : {"v1_be_f4_C.npy", "v1_le_f4_F.npy", "v1_le_f2_C.npy", "a.f16bin", "stored.npz"}) {
    const EmbeddingSet set = read_embeddings({.location = fixture(name), .items = {}});
    EXPECT_FALSE(is_mapped_from(set.matrix.data, name)) << name;
  }
}

TEST(Formats, CopiesOfASetKeepTheMatrixAlive) {
  EmbeddingSet copy;
  {
    const EmbeddingSet set = read_embeddings({.location = fixture("v1_le_f4_C.npy"), .items = {}});
    copy = set;
  }
  expect_same_bits(copy.matrix, slurp(fixtures() / "expected/v1_le_f4_C.npy"));
}

}  // namespace
}  // namespace semblance::testing
