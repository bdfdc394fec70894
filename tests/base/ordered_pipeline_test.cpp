#include "base/ordered_pipeline.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "base/rng.hpp"

namespace semblance {
namespace {

struct Thing {
  std::size_t number = 0;
  std::size_t square = 0;
};

// Things 0 to count - 1, each worked on for a while of its own.
struct Line {
  std::size_t count = 0;
  std::size_t read = 0;
  std::vector<std::size_t> written = {};
  std::atomic<std::size_t> busy{0};
  std::atomic<std::size_t> most_busy{0};
  std::size_t most_under_way = 0;

  void run(unsigned threads, std::size_t slots, std::size_t room, std::size_t fails_at = SIZE_MAX) {
    std::vector<Thing> things(slots);
    ordered_pipeline(
        things, threads,
        [&](Thing& thing) {
          if (read == count) return false;
          thing.number = read++;
          most_under_way = std::max(most_under_way, read - written.size());
          return true;
        },
        [&] { return read - written.size() < room; },
        [&](Thing& thing, unsigned worker) {
          EXPECT_LT(worker, threads);
          const std::size_t now = ++busy;
          for (std::size_t most = most_busy; most < now && !most_busy.compare_exchange_weak(most, now);) continue;
          Rng rng(thing.number);
          std::this_thread::sleep_for(std::chrono::microseconds(uniform_index(rng, 300)));
          if (thing.number == fails_at) throw std::runtime_error("broken");
          thing.square = thing.number * thing.number;
          --busy;
        },
        [&](const Thing& thing) {
          EXPECT_EQ(thing.square, thing.number * thing.number);
          written.push_back(thing.number);
        });
  }
};

TEST(OrderedPipeline, WritesEverythingInTheOrderOfReading) {
  for (const unsigned threads : {1U, 2U, 5U}) {
    for (const std::size_t slots : {1U, 2U, 7U, 64U}) {
      Line line{.count = 300};
      line.run(threads, slots, SIZE_MAX);
      ASSERT_EQ(line.written.size(), 300U);
      for (std::size_t k = 0; k < 300; ++k) ASSERT_EQ(line.written[k], k);
      EXPECT_LE(line.most_under_way, slots);
      EXPECT_LE(line.most_busy, threads);
    }
  }
}

TEST(OrderedPipeline, WorksOnSeveralThingsAtOnce) {
  Line line{.count = 300};
  line.run(4, 64, SIZE_MAX);
  EXPECT_GE(line.most_busy, 2U);
}

TEST(OrderedPipeline, KeepsToTheRoom) {
  Line line{.count = 100};
  line.run(4, 64, 3);
  EXPECT_EQ(line.written.size(), 100U);
  EXPECT_LE(line.most_under_way, 3U);
  Line none{.count = 20};
  none.run(4, 64, 0);  // no room at all: one after the other
  EXPECT_EQ(none.written.size(), 20U);
  EXPECT_EQ(none.most_under_way, 1U);
}

TEST(OrderedPipeline, NothingIsNothing) {
  Line line{.count = 0};
  line.run(3, 4, SIZE_MAX);
  EXPECT_TRUE(line.written.empty());
}

TEST(OrderedPipeline, AnErrorEndsItAndNothingAfterItIsWritten) {
  for (const unsigned threads : {1U, 4U}) {
    Line line{.count = 1000};
    EXPECT_THROW(line.run(threads, 16, SIZE_MAX, 50), std::runtime_error);
    ASSERT_LE(line.written.size(), 50U);
    for (std::size_t k = 0; k < line.written.size(); ++k) ASSERT_EQ(line.written[k], k);
    EXPECT_LT(line.read, 100U);
  }
}

TEST(OrderedPipeline, NothingIsReadAfterAnErrorInReading) {
  for (int repetition = 0; repetition < 300; ++repetition) {
    std::vector<Thing> things(8);
    std::size_t reads = 0;
    const auto run = [&] {
      ordered_pipeline(
          things, 4,
          [&](Thing& /*thing*/) -> bool {
            if (++reads == 3) throw std::runtime_error("no third");
            return true;
          },
          [] { return true; }, [](Thing& /*thing*/, unsigned /*worker*/) {}, [](const Thing& /*thing*/) {});
    };
    EXPECT_THROW(run(), std::runtime_error);
    ASSERT_EQ(reads, 3U);
  }
}

}  // namespace
}  // namespace semblance
