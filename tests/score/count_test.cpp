// Kernels that count: products in float32 within their proven error, and every pair of a tile in its bin or left over.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>

#include "base/rng.hpp"
#include "guarded.hpp"
#include "score/kernels/kernel.hpp"

namespace semblance::scoring {
namespace {

std::vector<const TileKernel*> kernels() {
  std::vector<const TileKernel*> all;
  for (const TileKernel* const* kernel = tile_kernels(); *kernel != nullptr; ++kernel) {
    all.push_back(*kernel);
    if ((*kernel)->fine != nullptr) all.push_back((*kernel)->fine);
  }
  return all;
}

/// Kinds of rows: any; all of one sign, where roundings add up; one huge component; of steps that float32 can't hold.
float component(Rng& rng, std::size_t kind, std::size_t k) {
  const double x = uniform_unit(rng);
  switch (kind) {
    case 0:
      return static_cast<float>(x - 0.5);
    case 1:
      return static_cast<float>(0.5 + x);
    case 2:
      return static_cast<float>(k == 3 ? 1e3 : x - 0.5);
    default:
      return 1.0F / 3;
  }
}

/// How often every bin, and kNotCounted, stands there.
std::vector<std::uint32_t> tallied(const std::uint16_t* bins, std::size_t count) {
  std::vector<std::uint32_t> counts(kCountBins + 1);
  for (std::size_t i = 0; i < count; ++i) ++counts.at(bins[i]);
  return counts;
}

std::vector<std::uint32_t> together(const std::vector<std::uint32_t>& copies) {
  std::vector<std::uint32_t> counts(kCountBins + 1);
  for (std::size_t copy = 0; copy < kCountCopies; ++copy) {
    for (std::size_t k = 0; k < counts.size(); ++k) counts[k] += copies[copy * kCountStride + k];
  }
  return counts;
}

TEST(FloatTiles, StayWithinTheirProvenErrorAtEveryDepth) {
  std::size_t seen = 0;
  double largest_share = 0;
  for (const TileKernel* kernel : kernels()) {
    if (kernel->values == nullptr) continue;
    ++seen;
    Rng rng(5);
    for (const std::size_t dim : {1, 3, 31, 32, 63, 64, 65, 127, 128, 129, 512, 513, 2048}) {
      for (std::size_t kind = 0; kind < 4; ++kind) {
        SCOPED_TRACE(std::string(kernel->name) + " dim " + std::to_string(dim) + " kind " + std::to_string(kind));
        const std::size_t depth = (dim + kernel->depth_multiple - 1) / kernel->depth_multiple * kernel->depth_multiple;
        const std::size_t stride = depth + 16 * kind;
        const std::size_t rows = kernel->row_tile;
        const std::size_t width = kernel->slice_columns;
        Guarded x(rows * stride * sizeof(float));
        Guarded y(depth * kGroup * sizeof(float));
        Guarded out(rows * kGroup * sizeof(float));
        std::memset(x.as<char>(), 0, rows * stride * sizeof(float));
        std::memset(y.as<char>(), 0, depth * kGroup * sizeof(float));
        std::vector<std::vector<float>> a(rows, std::vector<float>(dim)), b(kGroup, std::vector<float>(dim));
        for (std::size_t k = 0; k < dim; ++k) {
          for (std::size_t r = 0; r < rows; ++r) x.as<float>()[r * stride + k] = a[r][k] = component(rng, kind, k);
          for (std::size_t c = 0; c < kGroup; ++c) {
            y.as<float>()[c / width * width * depth + k * width + c % width] = b[c][k] = component(rng, kind, k);
          }
        }
        Guarded bins(rows * kGroup * sizeof(std::uint16_t));
        for (std::size_t i = 0; i < rows * kGroup; ++i) {
          bins.as<std::uint16_t>()[i] = i % 3 == 0 ? kNotCounted : static_cast<std::uint16_t>(i % kCountBins);
        }
        const std::vector<std::uint32_t> counted = tallied(bins.as<std::uint16_t>(), rows * kGroup);
        std::vector<std::uint32_t> counts(kCountCopies * kCountStride);
        kernel->values(x.as<float>(), stride, y.as<float>(), depth, out.as<float>(),
                       {bins.as<std::uint16_t>(), counts.data()});
        EXPECT_EQ(together(counts), counted) << "every bin tallied once";
        const auto share = [&](const std::vector<float>& row) {
          double sum = 0;
          for (std::size_t k = 0; k < dim; ++k)
            sum += std::pow(row[k], 2) * static_cast<double>(float_roundings(k, dim));
          return sum * 0x1p-25 * (1 + 0x1p-12);
        };
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t c = 0; c < kGroup; ++c) {
            long double want = 0;
            for (std::size_t k = 0; k < dim; ++k)
              want += static_cast<long double>(a[r][k]) * static_cast<long double>(b[c][k]);
            const double error =
                std::abs(static_cast<double>(static_cast<long double>(out.as<float>()[r * kGroup + c]) - want));
            const double bound = share(a[r]) + share(b[c]);
            ASSERT_LE(error, bound) << r << ' ' << c;
            largest_share = std::max(largest_share, error / bound);
          }
        }
      }
    }
  }
  if (seen == 0) GTEST_SKIP() << "this machine has no kernel that counts in float32";
  EXPECT_GT(largest_share, 0.2) << "a bound that nothing comes near says nothing about the roundings";
}

/// A tile's counts by the arithmetic of float64; pairs that may go either way are left out of both.
struct Tile {
  explicit Tile(Rng& rng, const TileKernel& kernel, Counted what)
      : rows(kernel.row_tile),
        values(rows * kGroup * sizeof(float)),
        row_scale(rows),
        row_slack(rows),
        row_bar(rows),
        column_scale(kGroup),
        column_slack(kGroup),
        column_bar(kGroup) {
    for (auto& order : products) {
      order = std::make_unique<Guarded>(rows * kGroup * sizeof(std::int32_t));
      for (std::size_t i = 0; i < rows * kGroup; ++i) {
        order->as<std::int32_t>()[i] = static_cast<std::int32_t>(uniform_index(rng, 1600000)) - 800000;
      }
    }
    const auto between = [&](double low, double high) {
      return static_cast<float>(low + (high - low) * uniform_unit(rng));
    };
    for (std::size_t i = 0; i < rows * kGroup; ++i) values.as<float>()[i] = between(-1.001, 1.001);
    const bool values_count = what == Counted::values;
    for (std::size_t r = 0; r < rows; ++r) {
      row_scale[r] = values_count ? 1 : between(0.0008, 0.0012);
      row_slack[r] = what == Counted::coarse ? between(0.005, 0.01) : between(1e-6, 2e-5);
      row_bar[r] = between(0.6, 1);
    }
    for (std::size_t c = 0; c < kGroup; ++c) {
      column_scale[c] = values_count ? 1 : between(0.0008, 0.0012);
      column_slack[c] = what == Counted::coarse ? between(0.005, 0.01) : between(1e-6, 2e-5);
      column_bar[c] = between(0.6, 1);
    }
    tile = {
        .what = what,
        .products = {products[0]->as<std::int32_t>(), products[1]->as<std::int32_t>(), products[2]->as<std::int32_t>()},
        .values = values.as<float>(),
        .tail = 0.4F,
        .rows = rows,
        .columns = kGroup - 3,
        .diagonal = -20,
        .row_scale = row_scale.data(),
        .row_slack = row_slack.data(),
        .row_bar = row_bar.data(),
        .column_scale = column_scale.data(),
        .column_slack = column_slack.data(),
        .column_bar = column_bar.data(),
        .bins = nullptr,
        .first_row = 100,
        .first_column = 200};
  }

  [[nodiscard]] double cosine(std::size_t r, std::size_t c) const {
    const std::size_t at = r * kGroup + c;
    if (tile.what == Counted::values) return double{tile.values[at]};
    double sum = tile.products[0][at];
    if (tile.what == Counted::planes) {
      sum += (tile.products[1][at] + double{1} / kPlaneRatio * tile.products[2][at]) / kPlaneRatio;
    }
    return sum * double{row_scale[r]} * double{column_scale[c]};
  }

  std::size_t rows;
  std::unique_ptr<Guarded> products[kMostPlanes];
  Guarded values;
  std::vector<float> row_scale, row_slack, row_bar, column_scale, column_slack, column_bar;
  CountTile tile{};
};

TEST(Counts, EveryPairGoesToItsBinOrIsLeftOver) {
  for (const TileKernel* kernel : kernels()) {
    for (const Counted what : {Counted::coarse, Counted::planes, Counted::values}) {
      if ((kernel->values != nullptr) != (what == Counted::values)) continue;
      SCOPED_TRACE(std::string(kernel->name) + " of kind " + std::to_string(static_cast<int>(what)));
      Rng rng(6);
      std::size_t edges_seen = 0, hits_seen = 0, counted = 0;
      for (int turn = 0; turn < 20; ++turn) {
        Tile made(rng, *kernel, what);
        Guarded bins(made.rows * kGroup * sizeof(std::uint16_t)), plain(made.rows * kGroup * sizeof(std::uint16_t));
        std::vector<ScreenHit> hits(made.rows * kGroup), edges(hits.size()), more(hits.size()), others(hits.size());
        made.tile.bins = bins.as<std::uint16_t>();
        const CountFound found = kernel->count(made.tile, hits.data(), edges.data());
        made.tile.bins = plain.as<std::uint16_t>();
        const CountFound plainly = count_plain(made.tile, more.data(), others.data());
        if (what == Counted::coarse) {
          EXPECT_EQ(std::memcmp(bins.as<char>(), plain.as<char>(), made.rows * kGroup * sizeof(std::uint16_t)), 0)
              << "every kernel counts alike";
          EXPECT_EQ(found.edges, plainly.edges);
        }
        std::map<std::pair<std::size_t, std::size_t>, bool> left, hit;
        for (std::size_t e = 0; e < found.edges; ++e) left[{edges[e].row - 100U, edges[e].column - 200U}] = true;
        for (std::size_t h = 0; h < found.hits; ++h) hit[{hits[h].row - 100U, hits[h].column - 200U}] = true;
        EXPECT_EQ(left.size(), found.edges);
        const std::vector<std::uint32_t> got = tallied(bins.as<std::uint16_t>(), made.rows * kGroup);
        std::vector<std::int64_t> want(kCountBins);
        for (std::size_t r = 0; r < made.rows; ++r) {
          for (std::size_t c = 0; c < kGroup; ++c) {
            const bool valid =
                c < made.tile.columns && static_cast<std::ptrdiff_t>(c) >= static_cast<std::ptrdiff_t>(r) - 20;
            const bool edge = left.contains({r, c});
            EXPECT_EQ(bins.as<std::uint16_t>()[r * kGroup + c] == kNotCounted, edge || !valid);
            if (!valid) {
              EXPECT_FALSE(edge || hit.contains({r, c}));
              continue;
            }
            const double v = made.cosine(r, c);
            const double half = double{made.row_slack[r]} + double{made.column_slack[c]};
            const double at = (v + 1) * kHalfBins;
            if (v + half > std::min(double{made.row_bar[r]}, double{made.column_bar[c]}) + 1e-5) {
              EXPECT_TRUE(hit.contains({r, c}));
            }
            if (what == Counted::coarse) {
              if (v + half > 0.4 + 1e-5) {
                EXPECT_TRUE(edge);
              }
            } else if (std::abs(at - std::round(at)) < half * kHalfBins) {
              EXPECT_TRUE(edge) << v << " may lie on either side of an edge";
            }
            if (edge) continue;
            ++want[static_cast<std::size_t>(std::clamp(std::floor(at), 0.0, kCountBins - 1.0))];
            ++counted;
          }
        }
        // A coarse pair's bin is that of float32 arithmetic, which may be the next one.
        std::int64_t apart = 0;
        for (std::size_t k = 0; k < kCountBins; ++k) apart += std::abs(std::int64_t{got[k]} - want[k]);
        if (what == Counted::coarse) {
          EXPECT_LE(apart, 12);
        } else {
          EXPECT_EQ(apart, 0);
        }
        edges_seen += found.edges;
        hits_seen += found.hits;
      }
      EXPECT_GT(edges_seen, 20U);
      EXPECT_GT(hits_seen, 20U);
      EXPECT_GT(counted, 1000U);
    }
  }
}

}  // namespace
}  // namespace semblance::scoring
