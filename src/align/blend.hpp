#pragma once
// A colour between four pixels, in whole numbers: several times faster than float64, and at most a twentieth of a grey
// level away from it before rounding.

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace semblance::align_stage {

inline constexpr unsigned kBlendBits = 14;  // the most that fits the products of 16-bit words
inline constexpr std::int32_t kBlendUnit = 1 << kBlendBits;

/// Weights of the four pixels around a place: none below 0, together kBlendUnit. `right` and `bottom`, below
/// kBlendUnit: how far the place is from the upper left pixel.
struct BlendWeights {
  std::int32_t top_left, top_right, bottom_left, bottom_right;
  BlendWeights(std::int32_t right, std::int32_t bottom)
      : bottom_right((right * bottom + kBlendUnit / 2) >> kBlendBits) {
    top_left = kBlendUnit - bottom - right + bottom_right;
    top_right = right - bottom_right;
    bottom_left = bottom - bottom_right;
  }
};

/// `above` and `below`: two neighbouring pixels of three bytes each in two rows; `out`: three bytes, rounded half up.
inline void blend_plain(const std::uint8_t* above, const std::uint8_t* below, const BlendWeights& weights,
                        std::uint8_t* out) {
  for (int c = 0; c < 3; ++c) {
    const std::int32_t sum = weights.top_left * above[c] + weights.top_right * above[c + 3] +
                             weights.bottom_left * below[c] + weights.bottom_right * below[c + 3];
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
  const __m128i left =
      _mm_madd_epi16(_mm_unpacklo_epi8(pairs, zero), _mm_set1_epi32(weights.top_left | weights.bottom_left << 16));
  const __m128i right = _mm_madd_epi16(_mm_unpacklo_epi8(_mm_srli_si128(pairs, 6), zero),
                                       _mm_set1_epi32(weights.top_right | weights.bottom_right << 16));
  const __m128i sum = _mm_add_epi32(_mm_add_epi32(left, right), _mm_set1_epi32(kBlendUnit / 2));
  const __m128i words = _mm_packs_epi32(_mm_srli_epi32(sum, kBlendBits), zero);
  const int bytes = _mm_cvtsi128_si32(_mm_packus_epi16(words, zero));
  std::memcpy(out, &bytes, sizeof bytes);
#else
  blend_plain(above, below, weights, out);
#endif
}

}  // namespace semblance::align_stage
