// Every kernel of this machine against sums in plain integers, with an unreadable page right after each buffer.

#include "score/kernels/kernel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/rng.hpp"
#include "guarded.hpp"

namespace semblance::scoring {
namespace {

constexpr std::size_t kDims[] = {1, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 512, 513};

std::vector<const TileKernel*> kernels() {
  std::vector<const TileKernel*> all;
  for (const TileKernel* const* kernel = tile_kernels(); *kernel != nullptr; ++kernel) {
    all.push_back(*kernel);
    if ((*kernel)->coarse != nullptr) all.push_back((*kernel)->coarse);
  }
  return all;
}

std::size_t up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

void put(const TileKernel& kernel, void* at, std::size_t index, int value) {
  if (kernel.element_bytes == 2) {
    static_cast<std::int16_t*>(at)[index] = static_cast<std::int16_t>(value);
  } else {
    static_cast<std::uint8_t*>(at)[index] = static_cast<std::uint8_t>(value);
  }
}

/// The levels that a kernel with limits of its own makes of a row: of `levels`, of only a few of them, of one alone.
void requantise(const TileKernel& kernel, std::vector<int>& levels, std::size_t dim, std::size_t turn) {
  std::vector<float> row(dim);
  for (std::size_t k = 0; k < dim; ++k) {
    const bool kept = turn % 4 == 2 ? k % 8 == turn % 8 : turn % 4 == 3 ? k % 4 < 2 : true;
    row[k] = kept ? static_cast<float>(levels[k]) : 0.0F;
  }
  if (turn == 5) row[dim / 2] = 1e18F;
  std::vector<std::int8_t> q(dim);
  kernel.quantise_row(row.data(), dim, q.data());
  for (std::size_t k = 0; k < dim; ++k) levels[k] = q[k];
}

TEST(Kernels, ProductsAreExactAtEveryDepth) {
  Rng rng(1);
  for (const TileKernel* kernel : kernels()) {
    for (const std::size_t dim : kDims) {
      for (const std::size_t pad : {std::size_t{0}, std::size_t{64}, std::size_t{192}}) {
        SCOPED_TRACE(std::string(kernel->name) + " dim " + std::to_string(dim) + " pad " + std::to_string(pad));
        const std::size_t depth = up(dim, kernel->depth_multiple);
        const std::size_t stride = up(depth * kernel->element_bytes, 64) + pad;
        const std::size_t rows = kernel->row_tile;
        const std::size_t per = 4 / kernel->element_bytes;
        Guarded row_memory(rows * stride);
        Guarded column_memory(depth * kernel->element_bytes * kGroup);
        Guarded sums(rows * sizeof(std::int32_t));
        Guarded out(rows * kGroup * sizeof(std::int32_t));
        std::memset(row_memory.as<char>(), 0, rows * stride);
        std::vector<std::vector<int>> x(rows, std::vector<int>(depth)), y(kGroup, std::vector<int>(depth));
        // Extremes in the first rows and columns: the sums must not saturate.
        for (std::size_t r = 0; r < rows; ++r) {
          std::int32_t sum = 0;
          for (std::size_t k = 0; k < dim; ++k) {
            x[r][k] = r == 0 ? 127 : r == 1 ? -127 : static_cast<int>(uniform_index(rng, 255)) - 127;
          }
          if (kernel->quantise_row != nullptr) requantise(*kernel, x[r], dim, r);
          for (std::size_t k = 0; k < dim; ++k) {
            sum += x[r][k];
            put(*kernel, row_memory.as<char>() + r * stride, k, x[r][k]);
          }
          sums.as<std::int32_t>()[r] = sum;
        }
        for (std::size_t c = 0; c < kGroup; ++c) {
          for (std::size_t k = 0; k < depth; ++k) {
            const int most = kernel->column_levels;
            const int level = static_cast<int>(uniform_index(rng, static_cast<std::uint64_t>(2 * most + 1))) - most;
            if (k < dim) y[c][k] = c == 0 || (c == 2 && k % 2 == 0) ? most : c == 1 || c == 2 ? -most : level;
            const std::size_t width = kernel->slice_columns;
            const std::size_t slice = c / width * width * depth;
            put(*kernel, column_memory.as<char>(), slice + (k / per * width + c % width) * per + k % per,
                y[c][k] + kernel->column_offset);
          }
        }
        kernel->enter();
        const Factor factor{row_memory.as<char>(), sums.as<std::int32_t>(), column_memory.as<char>()};
        const Factor thrice[] = {factor, factor, factor};
        const std::size_t times = 1 + pad / 64 % 3;
        std::vector<std::size_t> parts;
        Guarded bins(rows * kGroup * sizeof(std::uint16_t));
        std::vector<std::uint32_t> counts(kCountCopies * kCountStride), want_counts(kCountStride);
        for (std::size_t at = 0; at < rows * kGroup; ++at) {
          bins.as<std::uint16_t>()[at] = static_cast<std::uint16_t>(uniform_index(rng, kCountBins + 1));
          ++want_counts[bins.as<std::uint16_t>()[at]];
        }
        const Beside beside{[](void* seen, std::size_t part, std::size_t of) {
                              static_cast<std::vector<std::size_t>*>(seen)->push_back(part);
                              if (part + 1 == of) static_cast<std::vector<std::size_t>*>(seen)->push_back(of);
                            },
                            &parts,
                            {kernel->count != nullptr ? bins.as<std::uint16_t>() : nullptr, counts.data()}};
        kernel->products(thrice, times, stride, depth, out.as<std::int32_t>(), beside);
        kernel->leave();
        ASSERT_GE(parts.size(), 2U);
        for (std::size_t k = 0; k < parts.size(); ++k) ASSERT_EQ(parts[k], k) << "every part once, in order";
        for (std::size_t k = 0; k < kCountStride && kernel->count != nullptr; ++k) {
          std::uint32_t count = 0;
          for (std::size_t copy = 0; copy < kCountCopies; ++copy) count += counts[copy * kCountStride + k];
          ASSERT_EQ(count, want_counts[k]) << "every bin tallied once";
        }
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t c = 0; c < kGroup; ++c) {
            std::int64_t want = 0;
            for (std::size_t k = 0; k < dim; ++k) want += x[r][k] * y[c][k];
            want *= static_cast<std::int64_t>(times);
            ASSERT_EQ(out.as<std::int32_t>()[r * kGroup + c], want) << r << ' ' << c;
          }
        }
      }
    }
  }
}

using Facts = std::vector<std::unique_ptr<Guarded>>;  ///< scale, slack, norm, offset and bar of every row or column

ScreenTile screen_tile(Guarded& products, std::size_t rows, const Facts& row, const Facts& column, bool unit,
                       std::uint16_t first_row, std::uint16_t first_column) {
  return {.products = products.as<std::int32_t>(),
          .rows = rows,
          .row_scale = row[0]->as<float>(),
          .row_slack = row[1]->as<float>(),
          .row_norm = row[2]->as<float>(),
          .row_offset = row[3]->as<float>(),
          .row_bar = row[4]->as<float>(),
          .column_scale = column[0]->as<float>(),
          .column_slack = column[1]->as<float>(),
          .column_norm = column[2]->as<float>(),
          .column_offset = column[3]->as<float>(),
          .column_bar = column[4]->as<float>(),
          .unit = unit,
          .first_row = first_row,
          .first_column = first_column};
}

TEST(Kernels, ScreensKeepEveryPairAtOrOverABar) {
  Rng rng(2);
  for (const TileKernel* kernel : kernels()) {
    for (const bool unit : {true, false}) {
      SCOPED_TRACE(std::string(kernel->name) + (unit ? " unit" : " general"));
      const std::size_t rows = kernel->row_tile;
      Guarded products(rows * kGroup * sizeof(std::int32_t));
      auto fill = [&](Guarded& to, std::size_t count, double low, double high) {
        for (std::size_t i = 0; i < count; ++i) {
          to.as<float>()[i] = static_cast<float>(low + (high - low) * uniform_unit(rng));
        }
      };
      auto make = [&](std::size_t count) {
        std::vector<std::unique_ptr<Guarded>> made;
        for (int k = 0; k < 5; ++k) made.push_back(std::make_unique<Guarded>(count * sizeof(float)));
        fill(*made[0], count, 0.001, 0.003);
        fill(*made[1], count, 0.005, 0.01);
        fill(*made[2], count, 0.1, 1);
        fill(*made[3], count, -0.2, 0.2);
        fill(*made[4], count, unit ? 0.3 : 0.1, unit ? 0.6 : 0.5);
        return made;
      };
      const auto row = make(rows);
      const auto column = make(kGroup);
      for (std::size_t i = 0; i < rows * kGroup; ++i) {
        products.as<std::int32_t>()[i] = static_cast<std::int32_t>(uniform_index(rng, 400000)) - 200000;
      }
      std::vector<ScreenHit> hits(rows * kGroup);
      const ScreenTile tile = screen_tile(products, rows, row, column, unit, 100, 200);
      hits.resize(kernel->screen(tile, hits.data()));
      std::size_t at = 0;
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < kGroup; ++c) {
          double h = static_cast<double>(tile.products[r * kGroup + c]) * double{tile.row_scale[r]} *
                         double{tile.column_scale[c]} +
                     double{tile.row_slack[r]} + double{tile.column_slack[c]};
          if (!unit)
            h = h * double{tile.row_norm[r]} * double{tile.column_norm[c]} + double{tile.row_offset[r]} +
                double{tile.column_offset[c]};
          const double bar = std::min(double{tile.row_bar[r]}, double{tile.column_bar[c]});
          const bool hit = at < hits.size() && hits[at].row == 100 + r && hits[at].column == 200 + c;
          if (std::abs(h - bar) > 1e-5) {
            EXPECT_EQ(hit, h > bar) << r << ' ' << c;
          }
          if (hit) {
            EXPECT_NEAR(double{hits[at++].high}, h, 1e-5);
          }
        }
      }
      EXPECT_EQ(at, hits.size());
      EXPECT_GT(at, 10U);
    }
  }
}

TEST(Kernels, RefinedProductsAreThoseOfEveryOrder) {
  Rng rng(8);
  std::size_t seen = 0;
  for (const TileKernel* kernel : kernels()) {
    if (kernel->refined == nullptr) continue;
    ++seen;
    for (const std::size_t dim : kDims) {
      SCOPED_TRACE(std::string(kernel->name) + " dim " + std::to_string(dim));
      const std::size_t depth = up(dim, kernel->depth_multiple);
      const std::size_t stride = up(depth, 64);
      const std::size_t pairs = kernel->row_tile * kGroup;
      std::vector<std::unique_ptr<Guarded>> rows, columns, out;
      for (std::size_t plane = 0; plane < kMostPlanes; ++plane) {
        rows.push_back(std::make_unique<Guarded>(kernel->row_tile * stride));
        columns.push_back(std::make_unique<Guarded>(depth * kGroup));
        out.push_back(std::make_unique<Guarded>(pairs * sizeof(std::int32_t)));
        for (std::size_t k = 0; k < kernel->row_tile * stride; ++k) rows[plane]->as<std::uint8_t>()[k] = rng() & 0x7fU;
        for (std::size_t k = 0; k < depth * kGroup; ++k) columns[plane]->as<std::uint8_t>()[k] = rng() & 0x7fU;
      }
      Guarded bins(pairs * sizeof(std::uint16_t));
      std::vector<std::uint32_t> counts(kCountCopies * kCountStride), want(kCountStride);
      for (std::size_t at = 0; at < pairs; ++at) {
        bins.as<std::uint16_t>()[at] = static_cast<std::uint16_t>(uniform_index(rng, kCountBins + 1));
        ++want[bins.as<std::uint16_t>()[at]];
      }
      const void* const row_planes[] = {rows[0]->as<char>(), rows[1]->as<char>(), rows[2]->as<char>()};
      const void* const column_planes[] = {columns[0]->as<char>(), columns[1]->as<char>(), columns[2]->as<char>()};
      std::int32_t* const orders[] = {out[0]->as<std::int32_t>(), out[1]->as<std::int32_t>(),
                                      out[2]->as<std::int32_t>()};
      const Beside nothing{[](void*, std::size_t, std::size_t) {}, nullptr, {}};
      kernel->enter();
      kernel->refined(row_planes, column_planes, stride, depth, orders,
                      {nothing.part, nullptr, {bins.as<std::uint16_t>(), counts.data()}});
      const std::vector<std::int32_t> sums(kernel->row_tile);
      for (std::size_t order = 0; order < kMostPlanes; ++order) {
        std::vector<Factor> factors;
        for (std::size_t p = 0; p <= order; ++p)
          factors.push_back({row_planes[p], sums.data(), column_planes[order - p]});
        Guarded one(pairs * sizeof(std::int32_t));
        kernel->products(factors.data(), factors.size(), stride, depth, one.as<std::int32_t>(), nothing);
        EXPECT_EQ(std::memcmp(one.as<char>(), orders[order], pairs * sizeof(std::int32_t)), 0) << "order " << order;
      }
      kernel->leave();
      for (std::size_t k = 0; k < kCountStride; ++k) {
        std::uint32_t count = 0;
        for (std::size_t copy = 0; copy < kCountCopies; ++copy) count += counts[copy * kCountStride + k];
        ASSERT_EQ(count, want[k]) << "every bin tallied once";
      }
    }
  }
  if (seen == 0) GTEST_SKIP() << "this machine has no kernel that multiplies three planes at once";
}

TEST(Kernels, ScreeningAtOnceFindsWhatProductsAndScreenFind) {
  Rng rng(7);
  std::size_t seen = 0, found = 0;
  for (const TileKernel* kernel : kernels()) {
    if (kernel->screened == nullptr) continue;
    ++seen;
    for (const std::size_t dim : kDims) {
      for (const bool unit : {true, false}) {
        SCOPED_TRACE(std::string(kernel->name) + " dim " + std::to_string(dim) + (unit ? " unit" : " general"));
        const std::size_t depth = up(dim, kernel->depth_multiple);
        const std::size_t rows = kernel->row_tile;
        const std::size_t stride = up(depth * kernel->element_bytes, 64);
        Guarded row_memory(rows * stride), column_memory(depth * kernel->element_bytes * kGroup);
        Guarded products(rows * kGroup * sizeof(std::int32_t));
        for (std::size_t i = 0; i < rows * stride; ++i) row_memory.as<std::uint8_t>()[i] = rng() & 0x7fU;
        for (std::size_t i = 0; i < depth * kernel->element_bytes * kGroup; ++i) {
          column_memory.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(rng());
        }
        std::vector<std::int32_t> sums(rows);
        for (std::int32_t& sum : sums) sum = static_cast<std::int32_t>(uniform_index(rng, 1000));
        std::vector<std::unique_ptr<Guarded>> row, column;
        const auto fill = [&](std::vector<std::unique_ptr<Guarded>>& to, std::size_t count, double low, double high) {
          to.push_back(std::make_unique<Guarded>(count * sizeof(float)));
          for (std::size_t i = 0; i < count; ++i) {
            to.back()->as<float>()[i] = static_cast<float>(low + (high - low) * uniform_unit(rng));
          }
        };
        const double reach = 2500 * std::sqrt(static_cast<double>(depth));  // of a tile's products, about
        for (auto* side : {&row, &column}) {
          const std::size_t count = side == &row ? rows : kGroup;
          fill(*side, count, 0.5, 1);
          fill(*side, count, 0.1, 0.2);
          fill(*side, count, 0.5, 1);
          fill(*side, count, -0.1, 0.1);
          fill(*side, count, 0, reach);
        }
        // A row that fills the tile up, and a column that no row has been compared with yet.
        row[1]->as<float>()[rows - 1] = std::numeric_limits<float>::quiet_NaN();
        row[4]->as<float>()[rows - 1] = std::numeric_limits<float>::infinity();
        column[4]->as<float>()[7] = -std::numeric_limits<float>::infinity();
        const ScreenTile tile = screen_tile(products, rows, row, column, unit, 300, 500);
        const Factor factor{row_memory.as<char>(), sums.data(), column_memory.as<char>()};
        std::vector<ScreenHit> one(rows * kGroup), other(rows * kGroup);
        const Beside nothing{[](void*, std::size_t, std::size_t) {}, nullptr, {}};
        kernel->products(&factor, 1, stride, depth, products.as<std::int32_t>(), nothing);
        one.resize(kernel->screen(tile, one.data()));
        ScreenTile unread = tile;
        unread.products = nullptr;
        other.resize(kernel->screened(factor, stride, depth, unread, other.data()));
        ASSERT_EQ(one.size(), other.size());
        for (std::size_t h = 0; h < one.size(); ++h) {
          ASSERT_EQ(std::memcmp(&one[h], &other[h], sizeof one[h]), 0) << h;
          ASSERT_NE(one[h].row, 300 + rows - 1) << "a slack of NaN reaches no bar";
        }
        found += one.size();
      }
    }
  }
  if (seen == 0) GTEST_SKIP() << "this machine has no kernel that multiplies and screens at once";
  EXPECT_GT(found, 1000U);
}

std::vector<const CommonKernel*> common_kernels() {
  std::vector<const CommonKernel*> common = {&kCommonBaseline};
#if defined(__x86_64__)
  for (const TileKernel* kernel : kernels()) {
    if (std::string(kernel->name) == "avx2") common.push_back(&kCommonAvx2);
    if (std::string(kernel->name) == "avx512_vnni") common.push_back(&kCommonAvx512);
  }
#endif
  return common;
}

TEST(Kernels, RowFunctionsAgreeAndStayInBounds) {
  const std::vector<const CommonKernel*> common = common_kernels();
  std::vector<std::pair<QuantiseRow, int>> quantisers;
  for (const CommonKernel* kernel : common) quantisers.emplace_back(kernel->quantise_row, kLevels);
  for (const TileKernel* kernel : kernels()) {
    if (kernel->quantise_row != nullptr) quantisers.emplace_back(kernel->quantise_row, kLevels);
    if (kernel->quantise_column != nullptr) quantisers.emplace_back(kernel->quantise_column, kernel->column_levels);
  }
  Rng rng(3);
  for (const std::size_t dim : kDims) {
    Guarded x(dim * sizeof(float)), y(dim * sizeof(float)), out(dim * sizeof(float)), q(dim);
    for (int kind = 0; kind < 5; ++kind) {
      double sum = 0, squares = 0, other_squares = 0;
      for (std::size_t k = 0; k < dim; ++k) {
        const double scale = kind == 2 ? 1e-40 : kind == 3 && k == dim / 2 ? 1e20 : 1;
        x.as<float>()[k] = kind == 1 ? 0.0F : static_cast<float>(scale * (uniform_unit(rng) - 0.5));
        y.as<float>()[k] = static_cast<float>(uniform_unit(rng) - 0.5);
        sum += double{x.as<float>()[k]} * double{y.as<float>()[k]};
        squares += double{x.as<float>()[k]} * double{x.as<float>()[k]};
        other_squares += double{y.as<float>()[k]} * double{y.as<float>()[k]};
      }
      for (const auto& [quantise, levels] : quantisers) {
        const Quantised got = quantise(x.as<float>(), dim, q.as<std::int8_t>());
        double error = 0, norm = 0;
        int total = 0;
        for (std::size_t k = 0; k < dim; ++k) {
          const double value = got.scale * q.as<std::int8_t>()[k];
          error += std::pow(double{x.as<float>()[k]} - value, 2);
          norm += value * value;
          total += q.as<std::int8_t>()[k];
          EXPECT_LE(std::abs(q.as<std::int8_t>()[k]), levels);
          if (got.scale > 0) {
            EXPECT_LE(std::abs(double{x.as<float>()[k]} - value), got.scale * 0.50001);
          }
        }
        EXPECT_GE(got.error, std::sqrt(error));
        EXPECT_GE(got.norm, std::sqrt(norm) * (1 - 1e-15));
        EXPECT_LE(got.error, std::sqrt(error) * (1 + 1e-6) + std::sqrt(squares) * 1e-8);
        EXPECT_EQ(got.sum, total);
      }
      for (const CommonKernel* kernel : common) {
        EXPECT_NEAR(kernel->quick_dot(x.as<float>(), y.as<float>(), dim), sum,
                    1e-13 * (std::abs(sum) + std::sqrt(squares * static_cast<double>(dim))));
        EXPECT_NEAR(kernel->fast_dot(x.as<float>(), y.as<float>(), dim), sum,
                    fast_share(dim, kernel->fast_sums) * std::sqrt(squares * other_squares) +
                        static_cast<double>(dim) * 0x1p-148);
        const float* xs[kExactBatch];
        const float* ys[kExactBatch];
        double dots[kExactBatch];
        for (std::size_t p = 0; p < kExactBatch; ++p) {
          xs[p] = x.as<float>();
          ys[p] = y.as<float>();
        }
        kernel->exact_dots(xs, ys, dim, dots);
        for (const double dot : dots) EXPECT_EQ(dot, sum);
        const double length = std::sqrt(squares);
        if (length > 0) {
          kernel->divide_row(x.as<float>(), length, dim, out.as<float>());
          for (std::size_t k = 0; k < dim; ++k) {
            EXPECT_EQ(out.as<float>()[k], static_cast<float>(double{x.as<float>()[k]} / length));
          }
        }
      }
    }
  }
}

TEST(Kernels, QuotientsAtTheBoundaryOfTwoFloatsAreDivided) {
  Rng rng(4);
  std::size_t told_apart = 0;
  for (int turn = 0; turn < 20000; ++turn) {
    const auto low = static_cast<float>(0.01 + uniform_unit(rng));
    const float high = std::nextafter(low, 2.0F);
    const double boundary = (double{low} + double{high}) / 2;
    const auto x = static_cast<float>(0.5 + uniform_unit(rng));
    double norm = double{x} / boundary;
    for (std::uint64_t k = uniform_index(rng, 3); k > 0; --k) norm = std::nextafter(norm, 0);
    const auto want = static_cast<float>(double{x} / norm);
    told_apart += want != static_cast<float>(double{x} * (1 / norm)) ? 1 : 0;
    for (const CommonKernel* kernel : common_kernels()) {
      float out = 0;
      kernel->divide_row(&x, norm, 1, &out);
      ASSERT_EQ(out, want) << x << ' ' << norm;
    }
  }
  EXPECT_GT(told_apart, 1000U) << "the cases must be ones that a plain product gets wrong";
}

}  // namespace
}  // namespace semblance::scoring
