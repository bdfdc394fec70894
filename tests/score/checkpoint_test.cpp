#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "cases.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

namespace fs = std::filesystem;
using oracle::Set;

class Checkpoint : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("semblance-checkpoint-" + std::to_string(::getpid()) + "-" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    request_.top_pairs = 50;
    request_.threshold = 0.2;
    request_.row_bests = 2;
    request_.column_bests = 1;
    request_.identity_bests_a = true;
    request_.identity_bests_b = true;
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] fs::path file() const { return folder_ / "pass.checkpoint"; }
  [[nodiscard]] ScoreOptions options(const std::string& kernel, bool keep, double interval = 0) const {
    ScoreOptions options;
    options.kernel = kernel;
    options.threads = 2;
    options.tile_cols = 32;
    if (keep) options.checkpoint = {.folder = folder_, .interval_seconds = interval};
    return options;
  }
  /// The same, stopped once a job is in the checkpoint: the other thread finishes one while this one waits.
  [[nodiscard]] ScoreOptions stopping(const std::string& kernel) const {
    ScoreOptions stopping = options(kernel, true);
    stopping.progress = [this](auto, auto) {
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      while (!fs::exists(file()) && std::chrono::steady_clock::now() < end) std::this_thread::yield();
      return false;
    };
    return stopping;
  }
  ScoreResult run(const ScoreOptions& options) const { return score(a_.side(), b_.side(), request_, options); }
  static void expect_same(const ScoreResult& got, const ScoreResult& want) {
    EXPECT_EQ(got.top_pairs, want.top_pairs);
    EXPECT_EQ(got.over_threshold, want.over_threshold);
    EXPECT_EQ(got.over_threshold_total, want.over_threshold_total);
    EXPECT_EQ(got.row_bests, want.row_bests);
    EXPECT_EQ(got.column_bests, want.column_bests);
    EXPECT_EQ(got.identity_bests_a, want.identity_bests_a);
    EXPECT_EQ(got.identity_bests_b, want.identity_bests_b);
    EXPECT_EQ(got.histogram.counts, want.histogram.counts);
  }
  /// Runs in a child process that is killed after a random time, as often as asked, then to the end.
  void survive_kills(const std::string& kernel, int kills, std::uint64_t seed) {
    const auto begin = std::chrono::steady_clock::now();
    const ScoreResult want = run(options(kernel, false));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    Rng rng(seed);
    int struck = 0;
    for (int k = 0; k < kills; ++k) {
      const pid_t child = ::fork();
      if (child == 0) {
        try {
          run(options(kernel, true));
          ::_exit(0);
        } catch (...) {
          ::_exit(1);
        }
      }
      ASSERT_GT(child, 0);
      std::this_thread::sleep_for(std::chrono::duration<double>(2 * seconds * uniform_unit(rng)));
      ::kill(child, SIGKILL);
      int status = 0;
      ::waitpid(child, &status, 0);
      ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
      struck += WIFSIGNALED(status) ? 1 : 0;
      const ScoreResult got = run(options(kernel, true, 1e9));
      EXPECT_FALSE(got.certificate.checkpoint_damaged);
      expect_same(got, want);
      if (k % 4 == 3) fs::remove_all(folder_);
    }
    EXPECT_GT(struck, kills / 8);
  }

  fs::path folder_;
  SinkRequest request_;
  Set a_ = cases::ordinary(700, 48, 21);
  Set b_ = cases::ordinary(900, 48, 22, &a_);
};

std::string message_of(const std::function<void()>& body, ErrorCode code) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return {};
}

TEST_F(Checkpoint, AnInterruptedRunGoesOn) {
  for (const std::string& kernel : score_kernels()) {
    SCOPED_TRACE(kernel);
    request_.histogram = true;
    const ScoreResult want = run(options(kernel, false));
    ScoreOptions stopping = options(kernel, true);
    stopping.progress = [](auto, auto) { return false; };
    EXPECT_THAT(message_of([&] { run(stopping); }, ErrorCode::interrupted), testing::HasSubstr("stopped"));
    EXPECT_TRUE(fs::exists(file()));
    expect_same(run(options(kernel, true)), want);
    const ScoreResult again = run(options(kernel, true));  // every job is in the last checkpoint
    EXPECT_EQ(again.certificate.resumed, again.pairs);
    expect_same(again, want);
    remove_checkpoint(folder_);
    EXPECT_FALSE(fs::exists(folder_));
  }
}

TEST_F(Checkpoint, GoesOnWithAnotherKernelAndOtherThreads) {
  message_of([&] { run(stopping("")); }, ErrorCode::interrupted);
  ScoreOptions other = options("scalar", true);
  other.threads = 3;
  other.tile_cols = 0;
  const ScoreResult got = run(other);
  EXPECT_GT(got.certificate.resumed, 0U);
  expect_same(got, run(options("scalar", false)));
}

TEST_F(Checkpoint, AHistogramGoesOnWithAnotherKernel) {
  request_.histogram = true;
  for (const bool tail : {false, true}) {
    if (tail) request_.histogram_tail = 0.3;
    for (const std::string& first : score_kernels()) {
      for (const std::string& second : score_kernels()) {
        if (first == second || first == "reference" || second == "reference") continue;  // that is another kind
        SCOPED_TRACE(first + " to " + second + (tail ? " with a tail" : ""));
        message_of([&] { run(stopping(first)); }, ErrorCode::interrupted);
        const ScoreResult got = run(options(second, true));
        EXPECT_GT(got.certificate.resumed, 0U);
        expect_same(got, run(options(second, false)));
        remove_checkpoint(folder_);
      }
    }
  }
}

TEST_F(Checkpoint, ADamagedOneIsNeverBelieved) {
  const ScoreResult want = run(options("scalar", false));
  run(options("scalar", true));
  std::ifstream in(file(), std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  Rng rng(5);
  for (int k = 0; k < 24; ++k) {
    std::string bytes = whole;
    if (k % 2 == 0) {
      bytes.resize(uniform_index(rng, bytes.size()));
    } else {
      char& byte = bytes[uniform_index(rng, bytes.size())];
      byte = static_cast<char>(byte ^ (1 << uniform_index(rng, 8)));
    }
    std::ofstream(file(), std::ios::binary) << bytes;
    const ScoreResult got = run(options("scalar", true, 1e9));
    EXPECT_TRUE(got.certificate.checkpoint_damaged);
    EXPECT_EQ(got.certificate.resumed, 0U);
    expect_same(got, want);
  }
}

TEST_F(Checkpoint, ChangedInputsAreRefusedByName) {
  run(options("scalar", true));
  b_.row(3)[1] += 1;
  EXPECT_THAT(message_of([&] { run(options("scalar", true)); }, ErrorCode::input), testing::HasSubstr("content of B"));
  b_.row(3)[1] -= 1;
  request_.threshold = 0.25;
  EXPECT_THAT(message_of([&] { run(options("scalar", true)); }, ErrorCode::input), testing::HasSubstr("threshold"));
}

TEST_F(Checkpoint, AFullDiskStopsTheRunAndLeavesItResumable) {
  const ScoreResult want = run(options("scalar", false));
  ScoreOptions stopping = options("scalar", true);
  stopping.progress = [](auto, auto) { return false; };
  message_of([&] { run(stopping); }, ErrorCode::interrupted);
  const auto size = fs::file_size(file());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);  // write() then fails, as it does on a full disk
  const rlimit small{4096, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = message_of([&] { run(options("scalar", true)); }, ErrorCode::output);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, testing::HasSubstr("checkpoint"));
  EXPECT_EQ(fs::file_size(file()), size);
  expect_same(run(options("scalar", true)), want);
}

TEST_F(Checkpoint, SurvivesKills) { survive_kills("scalar", 8, 7); }

TEST_F(Checkpoint, LongSurvivesTwoHundredKills) {
  if (std::getenv("SEMBLANCE_LONG_TESTS") == nullptr) GTEST_SKIP() << "set SEMBLANCE_LONG_TESTS to run it";
  survive_kills("scalar", 100, 8);
  request_.histogram = true;
  fs::remove_all(folder_);
  survive_kills("", 100, 9);
}

}  // namespace
}  // namespace semblance
