#include "base/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace semblance {
namespace {

TEST(ParallelFor, VisitsEveryIndexOnceFromNumberedWorkers) {
  for (const unsigned threads : {1U, 2U, 5U, 16U}) {
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
      std::vector<std::atomic<int>> visits(count);
      std::atomic<bool> worker_in_range{true};
      parallel_for(count, threads, [&](std::size_t index, unsigned worker) {
        ++visits.at(index);
        if (worker >= threads) worker_in_range = false;
      });
      EXPECT_TRUE(worker_in_range);
      for (const auto& visit : visits) ASSERT_EQ(visit.load(), 1) << threads << " threads, " << count << " indices";
    }
  }
}

TEST(ParallelFor, PassesOnTheFirstExceptionAndStops) {
  constexpr std::size_t kCount = 1'000'000;
  std::atomic<std::size_t> done{0};
  EXPECT_THROW(parallel_for(kCount, 4,
                            [&](std::size_t index, unsigned) {
                              if (index == 10) throw std::runtime_error("ten");
                              ++done;
                            }),
               std::runtime_error);
  EXPECT_LT(done.load(), kCount - 1);
}

TEST(ThreadCount, IsAsAskedOrAtLeastOne) {
  EXPECT_EQ(thread_count(3), 3U);
  EXPECT_GE(thread_count(0), 1U);
}

}  // namespace
}  // namespace semblance
