#pragma once
// A colour between four pixels, in whole numbers: several times faster than float64, and at most a twentieth of a grey
// level away from it before rounding.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace semblance::align_stage {

inline constexpr unsigned kBlendBits = 14;  // the most that fits the products of 16-bit words
inline constexpr std::int32_t kBlendUnit = 1 << kBlendBits;

/// Weights of the four pixels around a place: none below 0, together kBlendUnit; those of the two pixels on the left in
/// the halves of one word (the upper pixel's in the lower half), and on the right. `right` and `bottom`, below
/// kBlendUnit: how far the place is from the upper left pixel.
struct BlendWeights {
  std::int32_t left_pair, right_pair;
  BlendWeights(std::int32_t right, std::int32_t bottom) {
    const std::int32_t both = (right * bottom + kBlendUnit / 2) >> kBlendBits;
    left_pair = (kBlendUnit - bottom - right + both) | (bottom - both) << 16;
    right_pair = (right - both) | both << 16;
  }
  [[nodiscard]] std::int32_t top_left() const { return left_pair & 0xFFFF; }
  [[nodiscard]] std::int32_t top_right() const { return right_pair & 0xFFFF; }
  [[nodiscard]] std::int32_t bottom_left() const { return left_pair >> 16; }
  [[nodiscard]] std::int32_t bottom_right() const { return right_pair >> 16; }
};

/// `above` and `below`: two neighbouring pixels of three bytes each in two rows; `out`: three bytes, rounded half up.
inline void blend_plain(const std::uint8_t* above, const std::uint8_t* below, const BlendWeights& weights,
                        std::uint8_t* out) {
  for (int c = 0; c < 3; ++c) {
    const std::int32_t sum = weights.top_left() * above[c] + weights.top_right() * above[c + 3] +
                             weights.bottom_left() * below[c] + weights.bottom_right() * below[c + 3];
    out[c] = static_cast<std::uint8_t>((sum + kBlendUnit / 2) >> kBlendBits);
  }
}

/// The same numbers, and `above` and `below` must be readable for eight bytes, `out` writable for four.
inline void blend(const std::uint8_t* above, const std::uint8_t* below, const BlendWeights& weights,
                  std::uint8_t* out) {
#if defined(__SSE2__)
  const __m128i zero = _mm_setzero_si128();
  const auto row = [](const std::uint8_t* bytes) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes)); };
  const __m128i pairs = _mm_unpacklo_epi8(row(above), row(below));  // a byte of either row in turn
  const __m128i left = _mm_madd_epi16(_mm_unpacklo_epi8(pairs, zero), _mm_set1_epi32(weights.left_pair));
  const __m128i right =
      _mm_madd_epi16(_mm_unpacklo_epi8(_mm_srli_si128(pairs, 6), zero), _mm_set1_epi32(weights.right_pair));
  const __m128i sum = _mm_add_epi32(_mm_add_epi32(left, right), _mm_set1_epi32(kBlendUnit / 2));
  const __m128i words = _mm_packs_epi32(_mm_srli_epi32(sum, kBlendBits), zero);
  const int bytes = _mm_cvtsi128_si32(_mm_packus_epi16(words, zero));
  std::memcpy(out, &bytes, sizeof bytes);
#else
  blend_plain(above, below, weights, out);
#endif
}

/// The same for four places at once, each `right` and `bottom` of its `corner`; `stride`: bytes from row to row. `out`:
/// three bytes each and one more.
inline void blend_four(const std::array<const std::uint8_t*, 4>& corner, std::ptrdiff_t stride,
                       const std::int32_t* right, const std::int32_t* bottom, std::uint8_t* out) {
#if defined(__SSE2__)
  const __m128i zero = _mm_setzero_si128();
  const __m128i half = _mm_set1_epi32(kBlendUnit / 2);
  const __m128i r = _mm_loadu_si128(reinterpret_cast<const __m128i*>(right));
  const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bottom));
  const __m128i both = _mm_srli_epi32(_mm_add_epi32(_mm_madd_epi16(r, b), half), kBlendBits);
  const __m128i top_left = _mm_add_epi32(_mm_sub_epi32(_mm_sub_epi32(_mm_set1_epi32(kBlendUnit), b), r), both);
  const __m128i left_pairs = _mm_or_si128(top_left, _mm_slli_epi32(_mm_sub_epi32(b, both), 16));
  const __m128i right_pairs = _mm_or_si128(_mm_sub_epi32(r, both), _mm_slli_epi32(both, 16));
  const auto one = [&](const std::uint8_t* above, __m128i left_pair, __m128i right_pair) {
    const auto row = [](const std::uint8_t* bytes) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes)); };
    const __m128i pairs = _mm_unpacklo_epi8(row(above), row(above + stride));
    const __m128i left = _mm_madd_epi16(_mm_unpacklo_epi8(pairs, zero), left_pair);
    const __m128i from_right = _mm_madd_epi16(_mm_unpacklo_epi8(_mm_srli_si128(pairs, 6), zero), right_pair);
    return _mm_srli_epi32(_mm_add_epi32(_mm_add_epi32(left, from_right), half), kBlendBits);
  };
  const __m128i first = one(corner[0], _mm_shuffle_epi32(left_pairs, 0x00), _mm_shuffle_epi32(right_pairs, 0x00));
  const __m128i second = one(corner[1], _mm_shuffle_epi32(left_pairs, 0x55), _mm_shuffle_epi32(right_pairs, 0x55));
  const __m128i third = one(corner[2], _mm_shuffle_epi32(left_pairs, 0xAA), _mm_shuffle_epi32(right_pairs, 0xAA));
  const __m128i fourth = one(corner[3], _mm_shuffle_epi32(left_pairs, 0xFF), _mm_shuffle_epi32(right_pairs, 0xFF));
  const __m128i bytes = _mm_packus_epi16(_mm_packs_epi32(first, second), _mm_packs_epi32(third, fourth));
  std::array<std::uint8_t, 16> four;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(four.data()), bytes);
  for (std::size_t k = 0; k < 4; ++k) std::memcpy(out + 3 * k, four.data() + 4 * k, 4);
#else
  for (std::size_t k = 0; k < 4; ++k) {
    blend_plain(corner[k], corner[k] + stride, BlendWeights(right[k], bottom[k]), out + 3 * k);
  }
#endif
}

}  // namespace semblance::align_stage
