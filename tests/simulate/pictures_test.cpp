// A case as pictures: the same files whatever the threads, and what the truth says is what was drawn.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "semblance/error.hpp"
#include "semblance/picture.hpp"
#include "semblance/simulate.hpp"

namespace semblance {
namespace {

namespace fs = std::filesystem;

class Pictures : public ::testing::Test {
 protected:
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] fs::path made(const std::string& name) const {
    fs::create_directories(folder_ / name);
    return folder_ / name;
  }
  static SimulateOptions small_case() {
    SimulateOptions o;
    o.identities = 6;
    o.images = 2;
    o.synthetic = 9;
    o.leak_rate = 0.5;
    o.leak = LeakStrength::mixed;
    o.seed = 4;
    return o;
  }
  static PictureOptions drawn_with(std::size_t side, unsigned threads = 0) {
    PictureOptions options;
    options.side = side;
    options.threads = threads;
    return options;
  }
  static std::map<std::string, std::string> files(const fs::path& folder) {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      all[entry.path().lexically_relative(folder).generic_string()] = {std::istreambuf_iterator<char>(in), {}};
    }
    return all;
  }

  fs::path folder_ = fs::temp_directory_path() / ("semblance-pictures-" + std::to_string(::getpid()));
};

TEST_F(Pictures, AreTheSameWhateverTheThreads) {
  simulate_pictures(small_case(), drawn_with(64, 1), made("one"));
  simulate_pictures(small_case(), drawn_with(64, 5), made("five"));
  const auto one = files(folder_ / "one");
  EXPECT_EQ(one.size(), 6U * 2 + 6U * 2 + 9 + 1);
  EXPECT_EQ(one, files(folder_ / "five"));
}

TEST_F(Pictures, RealPeopleDoNotDependOnTheLeaks) {
  SimulateOptions o = small_case();
  simulate_pictures(o, drawn_with(64), made("leaking"));
  o.leak_rate = 0;
  simulate_pictures(o, drawn_with(64), made("clean"));
  EXPECT_EQ(files(folder_ / "leaking" / "train"), files(folder_ / "clean" / "train"));
  EXPECT_EQ(files(folder_ / "leaking" / "holdout"), files(folder_ / "clean" / "holdout"));
  EXPECT_NE(files(folder_ / "leaking" / "synthetic"), files(folder_ / "clean" / "synthetic"));
}

TEST_F(Pictures, NearCopiesLookLikeTheirSourceAndOtherLeaksHaveNone) {
  const SimulatedCase made_case = simulate_pictures(small_case(), drawn_with(96), made("case"));
  ASSERT_EQ(made_case.truth.size(), 3U);
  std::size_t copies = 0;
  for (const PlantedLeak& leak : made_case.truth) {
    const PictureFingerprint synthetic = read_picture(folder_ / "case" / "synthetic" / leak.synthetic_id);
    if (leak.source_id.empty()) continue;
    ++copies;
    EXPECT_EQ(leak.source_id.substr(0, leak.identity.size()), leak.identity);
    EXPECT_GT(picture_similarity(synthetic, read_picture(folder_ / "case" / "train" / leak.source_id)), 0.8);
  }
  EXPECT_EQ(copies, 2U);  // by turns, beginning with a copy
}

TEST_F(Pictures, AreNamedAsTheStoresOfTheSameCaseAre) {
  const SimulatedCase drawn = simulate_pictures(small_case(), drawn_with(64), made("case"));
  const SimulatedCase numbers = simulate(small_case());
  ASSERT_EQ(drawn.train.ids.size(), numbers.train.ids.size());
  for (std::size_t i = 0; i < drawn.train.ids.size(); ++i) {
    EXPECT_EQ(drawn.train.ids[i], numbers.train.identity[i] + "/" + numbers.train.ids[i] + ".jpg");
  }
  ASSERT_EQ(drawn.truth.size(), numbers.truth.size());
  for (std::size_t i = 0; i < drawn.truth.size(); ++i) {
    EXPECT_EQ(drawn.truth[i].identity, numbers.truth[i].identity);
    EXPECT_EQ(drawn.truth[i].synthetic_id, numbers.truth[i].synthetic_id + ".jpg");
  }
}

TEST_F(Pictures, StopWhenToldAndRefuseOddSizes) {
  const fs::path folder = made("case");
  EXPECT_THROW(simulate_pictures(small_case(), drawn_with(47), folder), Error);
  SimulateOptions many = small_case();
  many.synthetic = 2000;
  PictureOptions stopped = drawn_with(64);
  stopped.progress = [](std::uint64_t, std::uint64_t) { return false; };
  try {
    simulate_pictures(many, stopped, folder);
    FAIL() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::interrupted);
  }
}

}  // namespace
}  // namespace semblance
