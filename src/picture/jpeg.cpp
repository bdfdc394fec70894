// JPEG through libjpeg-turbo, whole or the part that is looked at: what lies beside costs its Huffman decoding alone.

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <string>

// After <cstdio>, which it needs and doesn't include.
#include <jerror.h>
#include <jpeglib.h>

#include "picture/raster.hpp"

#ifndef LIBJPEG_TURBO_VERSION
#error "parts of a JPEG are decoded by libjpeg-turbo's jpeg_crop_scanline"
#endif

namespace semblance::picture_stage {
namespace {

constexpr int kMostScans =
    500;  // of a progressive file; TurboJPEG's limit: thousands of scans of a few bytes stall a run
constexpr std::size_t kBeside = 2;  // columns beside a part, where chroma is smoothed as at a picture's edge

// What libjpeg calls back. It prints nothing, and it ends a call by a jump: exceptions don't pass through C.
struct Reports {
  jpeg_error_mgr manager{};
  jpeg_progress_mgr progress{};
  std::jmp_buf out{};
  std::array<char, JMSG_LENGTH_MAX> why{};
  bool cut = false;  ///< the file ends too early, which libjpeg fills with grey and calls a warning
};

Reports& reports_of(j_common_ptr codec) { return *static_cast<Reports*>(codec->client_data); }

void end_call(j_common_ptr codec) {
  codec->err->format_message(codec, reports_of(codec).why.data());
  std::longjmp(reports_of(codec).out, 1);
}

// Other warnings (bytes too many, an odd marker) leave the picture as every viewer shows it.
void note_warning(j_common_ptr codec, int level) {
  const int code = codec->err->msg_code;
  if (level >= 0 || (code != JWRN_JPEG_EOF && code != JWRN_HIT_MARKER)) return;
  Reports& reports = reports_of(codec);
  if (!reports.cut) codec->err->format_message(codec, reports.why.data());
  reports.cut = true;
}

void count_scans(j_common_ptr codec) {
  if (codec->is_decompressor == 0 || reinterpret_cast<j_decompress_ptr>(codec)->input_scan_number <= kMostScans) return;
  Reports& reports = reports_of(codec);
  std::snprintf(reports.why.data(), reports.why.size(), "more than %d scans", kMostScans);
  std::longjmp(reports.out, 1);
}

/// Calls libjpeg; false where it gave up, with the reason in Reports::why. What `work` itself declares must need no
/// destructor: a jump runs none.
template <class Work>
bool succeeds(Reports& reports, const Work& work) {
  if (setjmp(reports.out) != 0) return false;  // NOLINT(cert-err52-cpp): the only way out that libjpeg knows
  work();
  return true;
}

template <class Codec>
void set_up(Codec& codec, Reports& reports) {
  codec.err = jpeg_std_error(&reports.manager);
  codec.client_data = &reports;
  reports.manager.error_exit = end_call;
  reports.manager.emit_message = note_warning;
  reports.progress.progress_monitor = count_scans;
}

struct Decoder {
  Decoder() { set_up(codec, reports); }
  ~Decoder() { jpeg_destroy_decompress(&codec); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  template <class Work>
  void step(const Work& work) {
    if (!succeeds(reports, work)) throw Unreadable(std::string("broken JPEG: ") + reports.why.data());
  }

  jpeg_decompress_struct codec{};
  Reports reports;
};

// Rows of the decoder's into `pixels`; what is above and below is passed by, but not believed to be there.
void decode_rows(Decoder& decoder, std::size_t top, std::size_t rows, std::vector<std::uint8_t>& pixels) {
  jpeg_decompress_struct& codec = decoder.codec;
  const std::size_t line = std::size_t{codec.output_width} * static_cast<std::size_t>(codec.output_components);
  pixels.resize(rows * line);
  std::vector<std::uint8_t> last(line);
  decoder.step([&] {
    if (top > 0) jpeg_skip_scanlines(&codec, static_cast<JDIMENSION>(top));
    for (std::size_t y = 0; y < rows; ++y) {
      JSAMPROW row = pixels.data() + y * line;
      jpeg_read_scanlines(&codec, &row, 1);
    }
    // Rows skipped up to the end aren't even searched for: only the last one, when read, shows that they are there.
    if (codec.output_scanline + 1 < codec.output_height) {
      jpeg_skip_scanlines(&codec, codec.output_height - codec.output_scanline - 1);
    }
    if (codec.output_scanline < codec.output_height) {
      JSAMPROW row = last.data();
      jpeg_read_scanlines(&codec, &row, 1);
    }
    jpeg_finish_decompress(&codec);
  });
  if (decoder.reports.cut) throw Unreadable(std::string("broken JPEG: ") + decoder.reports.why.data());
}

// CMYK as Adobe writes it: inverted, so that each ink's byte is what it lets through.
void fill_from_cmyk(Raster& raster, const std::vector<std::uint8_t>& cmyk) {
  for (std::size_t i = 0; i < raster.width * raster.height; ++i) {
    const unsigned key = cmyk[4 * i + 3];
    put(raster, i, cmyk[4 * i] * key / 255, cmyk[4 * i + 1] * key / 255, cmyk[4 * i + 2] * key / 255);
  }
}

}  // namespace

Part decode_jpeg_part(Bytes file, Channels channels, const PictureLimits& limits, const Window& window) {
  Decoder decoder;
  jpeg_decompress_struct& codec = decoder.codec;
  decoder.step([&] {
    jpeg_create_decompress(&codec);
    codec.progress = &decoder.reports.progress;
    jpeg_mem_src(&codec, file.data(), static_cast<unsigned long>(file.size()));
    jpeg_read_header(&codec, TRUE);
  });
  check_pixels(codec.image_width, codec.image_height, limits);
  const bool inks = codec.jpeg_color_space == JCS_CMYK || codec.jpeg_color_space == JCS_YCCK;
  const J_COLOR_SPACE colours = channels == Channels::grey ? JCS_GRAYSCALE : JCS_RGB;
  codec.out_color_space = inks ? JCS_CMYK : colours;
  codec.dct_method = JDCT_ISLOW;
  codec.do_block_smoothing = FALSE;  // it guesses at detail from the neighbours, which a part doesn't have
  decoder.step([&] { jpeg_start_decompress(&codec); });

  const std::size_t width = codec.output_width;
  const std::size_t height = codec.output_height;
  const unsigned orientation = jpeg_orientation(file);
  const Window seen = (orientation == 1 ? window : Window{}).within(width, height);
  Part part{.pixels = {}, .left = 0, .top = seen.top};
  if (seen.right - seen.left + 2 * kBeside < width) {
    auto left = static_cast<JDIMENSION>(seen.left - std::min(kBeside, seen.left));
    auto columns = static_cast<JDIMENSION>(std::min(width, seen.right + kBeside) - left);
    decoder.step([&] { jpeg_crop_scanline(&codec, &left, &columns); });
    part.left = left;
  }
  const std::size_t rows = seen.bottom - seen.top;
  Raster& raster = part.pixels;
  raster = {.width = codec.output_width, .height = rows, .channels = channels, .pixels = {}};
  if (inks) {
    std::vector<std::uint8_t> cmyk;
    decode_rows(decoder, part.top, rows, cmyk);
    raster = blank(raster.width, rows, channels);
    fill_from_cmyk(raster, cmyk);
  } else {
    decode_rows(decoder, part.top, rows, raster.pixels);
  }
  raster = upright(std::move(raster), orientation);
  return part;
}

std::vector<std::uint8_t> encode_jpeg(const Raster& raster, int quality) {
  Reports reports;
  jpeg_compress_struct codec{};
  set_up(codec, reports);
  // More than any JPEG of that size takes, so that libjpeg makes none of its own, which a jump would leave behind.
  const auto padded = [](std::size_t side) { return (side + 15) / 16 * 16; };
  std::vector<std::uint8_t> file(3 * padded(raster.width) * padded(raster.height) + 2048);
  unsigned char* data = file.data();
  unsigned long size = file.size();
  const std::size_t line = raster.width * static_cast<std::size_t>(raster.channels);
  const bool done = succeeds(reports, [&] {
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &data, &size);
    codec.image_width = static_cast<JDIMENSION>(raster.width);
    codec.image_height = static_cast<JDIMENSION>(raster.height);
    codec.input_components = 3;
    codec.in_color_space = JCS_RGB;
    jpeg_set_defaults(&codec);  // chroma at half the resolution
    jpeg_set_quality(&codec, quality, TRUE);
    codec.dct_method = JDCT_ISLOW;
    jpeg_start_compress(&codec, TRUE);
    while (codec.next_scanline < codec.image_height) {
      auto* row = const_cast<JSAMPROW>(raster.pixels.data() + codec.next_scanline * line);  // NOLINT(*-const-cast)
      jpeg_write_scanlines(&codec, &row, 1);
    }
    jpeg_finish_compress(&codec);
  });
  jpeg_destroy_compress(&codec);
  if (!done) throw Unreadable(std::string("can't be written as JPEG: ") + reports.why.data());
  file.resize(size);
  return file;
}

}  // namespace semblance::picture_stage
