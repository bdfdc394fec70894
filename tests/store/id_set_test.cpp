#include "store/id_set.hpp"

#include <gtest/gtest.h>

#include <string>

namespace semblance::store_stage {
namespace {

TEST(IdSet, KnowsEveryIdThatCameBy) {
  IdSet ids;
  for (int k = 0; k < 50'000; ++k) ASSERT_TRUE(ids.insert("person/" + std::to_string(k))) << k;
  EXPECT_EQ(ids.size(), 50'000U);
  for (int k = 0; k < 50'000; ++k) ASSERT_FALSE(ids.insert("person/" + std::to_string(k))) << k;
  EXPECT_TRUE(ids.insert(""));
  EXPECT_FALSE(ids.insert(""));
  EXPECT_TRUE(ids.insert(std::string("\0", 1)));
  EXPECT_EQ(ids.size(), 50'002U);
}

}  // namespace
}  // namespace semblance::store_stage
