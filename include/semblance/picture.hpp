#pragma once
// Pictures, as far as an audit looks at them: are two files the same photograph? An embedding can't tell, since it is
// made to be the same for all photographs of a person.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace semblance {

/// Checked before anything is decoded.
struct PictureLimits {
  std::uint64_t bytes = 64ULL << 20U;
  std::uint64_t pixels = 100'000'000;
};

/// What is kept of a picture: where it is brighter or darker than its surroundings, in a few thousand bytes. The
/// picture can't be made from it in any detail, but it is biometric data like an embedding: it is never written.
struct PictureFingerprint {
  static constexpr std::size_t kSide = 32;
  static constexpr std::array<double, 3> kZooms = {1.0, 0.94, 0.88};  ///< central part of the picture, a side
  /// A zoom, then row-major cells: grey level less the Gaussian mean around, 32 units a standard deviation, cut at
  /// +-127. All zero for a picture without detail.
  std::array<std::array<std::int8_t, kSide * kSide>, kZooms.size()> detail = {};

  /// The same pixels give equal fingerprints; different photographs practically never do.
  bool operator==(const PictureFingerprint&) const = default;
};

/// Fingerprint of 8-bit grey pixels, row-major, shape (height, width), both at least 1. Deterministic on every machine
/// (float64 in fixed order).
PictureFingerprint picture_fingerprint(const std::uint8_t* grey, std::size_t width, std::size_t height);

/// Reads JPEG (EXIF orientation applied; grey, colour, CMYK), PNG, WebP, BMP or PGM/PPM, told apart by content, not by
/// name. Transparent parts count as mid-grey. Throws Error{input}, naming the file and the reason: it can't be read,
/// is empty, is none of these formats, is truncated or broken, exceeds a limit. Never prints. Thread-safe.
/// Memory: the decoded picture.
PictureFingerprint read_picture(const std::filesystem::path& file, const PictureLimits& limits = {});
/// The same of a file's content; `name` is what errors call it.
PictureFingerprint read_picture(std::span<const std::uint8_t> content, const std::string& name,
                                const PictureLimits& limits = {});

/// How alike two pictures are, in [-1, 1]: the largest Pearson correlation of their details over 30 x 30 windows, over
/// shifts of up to 2 cells (1/16 of the side), one zoomed against the other by up to 0.88, and mirrored. 1 for a
/// picture and itself or its mirror image; near 0 for unlike ones; 0 where either has no detail. Survives
/// recompression, scaling, brightness, contrast, noise, blur, small crops and turns of about 2 degrees; not larger
/// crops or turns, nor another alignment of the face. Symmetric; integer sums, so the same on every machine.
/// Source: normalised cross-correlation (Lewis 1995) of the band-passed picture; measured against the DCT hash (Zauner
/// 2010) and plain correlation in docs/statistics.md, "Guards".
double picture_similarity(const PictureFingerprint& a, const PictureFingerprint& b);

/// How a picture is made small.
struct ThumbnailOptions {
  std::size_t side = 192;  ///< pixels of the result, a side: 8 to 2048
  int quality = 85;        ///< of the JPEG: 1 to 100
  /// Nothing but the mean colours of 8 x 8 parts survive: shows that there is a face, not whose. It can't be sharpened
  /// again, as a blurred picture can; still, somebody who has the picture can tell that this was made of it.
  bool blur = false;
};

/// A picture as a small square JPEG: the whole picture, its sides in proportion, mid-grey beside it where it isn't
/// square. Read as read_picture reads it (EXIF orientation applied, grey stays grey, transparent parts mid-grey); the
/// result holds pixels alone, no EXIF, no colour profile, no name. Scaled by a triangle filter as wide as a pixel of
/// the smaller of the two pictures, so that nothing aliases and nothing turns to blocks; the same bytes for the same
/// picture and options wherever libjpeg-turbo's version is the same. Throws Error{input} naming the file as
/// read_picture does, Error{internal} on options beyond their range. Thread-safe. Memory: the decoded picture twice.
std::vector<std::uint8_t> make_thumbnail(const std::filesystem::path& file, const ThumbnailOptions& options = {},
                                         const PictureLimits& limits = {});
/// The same of a file's content; `name` is what errors call it.
std::vector<std::uint8_t> make_thumbnail(std::span<const std::uint8_t> content, const std::string& name,
                                         const ThumbnailOptions& options = {}, const PictureLimits& limits = {});

/// What names an item's picture.
struct PictureName {
  std::string_view id, identity, path;  ///< identity and path may be empty
};

/// The file of an item below `folder`, or none: its path if it has one; else <id> or <identity>/<id>, each as it
/// stands or with .jpg, .jpeg, .png, .webp, .bmp, .pgm or .ppm (lower or upper case). Nothing outside of the folder is
/// ever looked for: absolute names and names with ".." are passed over. Links are followed.
std::optional<std::filesystem::path> find_picture(const std::filesystem::path& folder, const PictureName& name);

}  // namespace semblance
