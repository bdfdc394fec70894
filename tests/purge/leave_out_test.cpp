// An audit that leaves synthetic images out is the audit of a set that never had them.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/rng.hpp"
#include "semblance/audit.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDim = 16;

class LeaveOut : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    write("train", 60, 1, [](std::size_t) { return true; });
    write("holdout", 60, 2, [](std::size_t) { return true; });
    write("all", 40, 3, [](std::size_t) { return true; });
    write("part", 40, 3, [](std::size_t k) { return k % 3 != 0; });
  }
  void TearDown() override { fs::remove_all(folder_); }

  template <class Kept>
  void write(const std::string& name, std::size_t rows, std::uint64_t seed, Kept kept) {
    Rng rng(seed);
    boost::random::normal_distribution<float> normal;
    std::vector<float> values;
    std::vector<StoreItem> items;
    for (std::size_t k = 0; k < rows; ++k) {
      std::vector<float> row(kDim);
      for (float& x : row) x = normal(rng);
      if (!kept(k)) continue;
      values.insert(values.end(), row.begin(), row.end());
      items.push_back({.id = name.substr(0, 1) + std::to_string(rows - k), .identity = {}, .path = {}});
      if (name == "part") items.back().id = "a" + std::to_string(rows - k);
    }
    write_store(folder_ / name, {values.data(), items.size(), kDim, kDim}, items, {.matcher = "m", .note = {}});
  }

  [[nodiscard]] AuditOutcome audited(const std::string& synthetic, std::vector<std::string> leave_out) const {
    AuditOptions options;
    options.matchers.push_back({.name = {},
                                .train = {.location = (folder_ / "train").string(), .items = {}},
                                .synthetic = {.location = (folder_ / synthetic).string(), .items = {}},
                                .holdout = EmbeddingSource{.location = (folder_ / "holdout").string(), .items = {}},
                                .calibration = {},
                                .card = {},
                                .cohort = {}});
    options.permutations = 199;
    options.leave_out = std::move(leave_out);
    return audit(options);
  }

  fs::path folder_ = fs::path(::testing::TempDir()) / ("semblance-leave-out-" + std::to_string(::getpid()));
};

TEST_F(LeaveOut, IsTheAuditWithoutTheseImages) {
  std::vector<std::string> out;
  for (std::size_t k = 0; k < 40; k += 3) out.push_back("a" + std::to_string(40 - k));
  const ReportModel left = audited("all", out).model;
  const ReportModel never = audited("part", {}).model;
  const auto& a = left.matchers.front();
  const auto& b = never.matchers.front();
  EXPECT_EQ(left.synthetic.items, 26U);
  EXPECT_EQ(left.verdict.text, never.verdict.text);
  EXPECT_EQ(a.global_p, b.global_p);
  EXPECT_EQ(a.pairs_scored, b.pairs_scored);
  ASSERT_EQ(a.images.size(), b.images.size());
  for (std::size_t j = 0; j < a.images.size(); ++j) {
    EXPECT_EQ(a.images[j].id, b.images[j].id);
    EXPECT_EQ(a.images[j].best_train, b.images[j].best_train);
    EXPECT_EQ(a.images[j].best_holdout_score, b.images[j].best_holdout_score);
  }
  ASSERT_EQ(a.identities.size(), b.identities.size());
  for (std::size_t k = 0; k < a.identities.size(); ++k) {
    EXPECT_EQ(a.identities[k].id, b.identities[k].id);
    EXPECT_EQ(a.identities[k].best_synthetic, b.identities[k].best_synthetic);
    EXPECT_EQ(a.identities[k].p, b.identities[k].p);
  }
  EXPECT_EQ(left.limits.size(), never.limits.size() + 1);
}

TEST_F(LeaveOut, RefusesAnImageThatNobodyHas) {
  try {
    static_cast<void>(audited("all", {"a1", "nobody"}));
    FAIL() << "not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_NE(error.message().find("'nobody'"), std::string::npos);
  }
}

TEST_F(LeaveOut, RefusesToLeaveNothing) {
  std::vector<std::string> out;
  for (std::size_t k = 1; k < 40; ++k) out.push_back("a" + std::to_string(k));
  EXPECT_THROW(static_cast<void>(audited("all", out)), Error);
}

}  // namespace
}  // namespace semblance
