#include "base/numpy_random.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/sha256.hpp"

namespace semblance {
namespace {

TEST(NumpyRandn, BeginsAsNumpyDoes) {
  std::vector<double> values(5);
  numpy_randn(0, values);
  EXPECT_EQ(values, (std::vector<double>{0x1.c398ef3e5cfa5p+0, 0x1.99c2cfacc8953p-2, 0x1.f51d25222c9abp-1,
                                         0x1.1ed5969e3314ep+1, 0x1.de1847cb13ddap+0}));
}

// Written by numpy_random_oracle.py.
const std::vector<std::pair<std::size_t, std::string>> kDigests = {
    {1, "1e79a3ee461a3ed8ac01500954331316a20c6f7e8c55022aa02c0daed080a4a5"},
    {2, "3c2399035c2543647a9f87f299e59ca9f5b18b6980b7c5b7f0d538ab0b8ac0c2"},
    {3, "ac674c4c09153ca174890e28c264b654b5c2fa8172f6c55dae4de324a7ff8315"},
    {7, "f29b9a40dc730c9c77c7d18be913022b612c25c09e9c3e1082ccb6dabe45a3b6"},
    {64, "6fca3dd8c1d634bd39e65c10bd7d6aa0f3e29c35161725986c12e299c730f7c0"},
    {200, "17f1fa8f72c389fd3fe6033f40cfa5143e98c69ea43d7b9b3c872131abbc69de"},
    {511, "365245a95ab9187df126df1a57a11197bf341279f3396b03703253e7076cd1b9"},
    {512, "35c15871f079329067fb1cf524470befe4eb240622cd226279daab261804a2db"},
};

TEST(NumpyRandn, GivesTheSameBitsForAThousandSeeds) {
  std::vector<std::uint32_t> seeds(1000);
  for (std::uint32_t k = 0; k < 1000; ++k) seeds[k] = k;
  seeds.insert(seeds.end(), {9999, 123456789, 2147483647U, 2147483648U, 4294967295U});
  for (const auto& [dimension, digest] : kDigests) {
    Sha256 sum;
    std::vector<double> values(dimension);
    for (const std::uint32_t seed : seeds) {
      numpy_randn(seed, values);
      sum.update(values.data(), values.size() * sizeof(double));
    }
    EXPECT_EQ(sum.finish(), digest) << dimension;
  }
}

}  // namespace
}  // namespace semblance
