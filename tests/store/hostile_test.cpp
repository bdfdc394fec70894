// Binary files that were cut or altered anywhere: an Error{input} or, for altered numbers, other numbers; never a
// crash, and never a read beyond the file (the sanitizer build sees to that).

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/rng.hpp"
#include "base/temp_folder.hpp"
#include "store/fixtures.hpp"

namespace semblance::testing {
namespace {

const char* const kBinary[] = {"v1_le_f4_C.npy",  "v2_be_f8_F.npy", "v3_le_f2_C.npy", "stored.npz", "deflated.npz",
                               "a.fvecs",         "a.fbin",         "a.f16bin",       "a.i8bin",    "F32.safetensors",
                               "F64.safetensors", "groups.hdf5",    "f4_le.h5",       "f2_le.h5"};

std::string selector(const std::string& name) { return name == "groups.hdf5" ? ":deep/er/emb" : ""; }

TEST(Hostile, EveryTruncationIsRefused) {
  const TempFolder temp;
  for (const std::string name : kBinary) {
    const std::string whole = slurp(fixtures() / name);
    const std::string file = (temp.path() / name).string();
    // HDF5 opens slowly; prime steps still meet every structure of the file.
    const std::size_t step = whole.size() > 4000 ? 7 : 1;
    for (std::size_t length = 0; length < whole.size(); length += step) {
      // .fvecs says nowhere how many rows it has: cut between two, it is a whole file of fewer.
      if (name == "a.fvecs" && length > 0 && length % (4 + 5 * sizeof(float)) == 0) continue;
      temp.file(name, std::string_view(whole).substr(0, length));
      try {
        read_embeddings({.location = file + selector(name), .items = {}});
        FAIL() << name << " was accepted with " << length << " of " << whole.size() << " bytes";
      } catch (const Error& error) {
        ASSERT_EQ(error.code(), ErrorCode::input) << name << " of " << length << " bytes: " << error.what();
        ASSERT_EQ(error.subject(), file);
      }
    }
  }
}

TEST(Hostile, NoAlteredByteBringsMoreThanAnError) {
  constexpr int kTries = 3000;
  const TempFolder temp;
  for (const std::string name : kBinary) {
    if (name.ends_with("h5") || name.ends_with("hdf5")) continue;  // would test libhdf5
    const std::string whole = slurp(fixtures() / name);
    const std::string file = (temp.path() / name).string();
    Rng rng(derive_seed(3, name));
    for (int i = 0; i < kTries; ++i) {
      std::string altered = whole;
      for (std::size_t changes = 1 + uniform_index(rng, 3); changes > 0; --changes) {
        // Headers are at the front of all formats; the payload takes any bytes.
        altered[uniform_index(rng,
                              uniform_index(rng, 2) == 0 ? std::min<std::size_t>(160, whole.size()) : whole.size())] =
            static_cast<char>(uniform_index(rng, 256));
      }
      temp.file(name, altered);
      try {
        const EmbeddingSet set = read_embeddings({.location = file, .items = {}});
        ASSERT_LE(set.matrix.rows * set.matrix.cols, whole.size() * 1032);
        for (const float value : elements(set.matrix)) ASSERT_TRUE(std::isfinite(value));
      } catch (const Error& error) {
        ASSERT_EQ(error.code(), ErrorCode::input) << error.what();
      }
    }
  }
}

}  // namespace
}  // namespace semblance::testing
