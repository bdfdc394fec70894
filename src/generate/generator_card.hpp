#pragma once
// What a generator's card says.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "picture/raster.hpp"
#include "semblance/generate.hpp"

namespace semblance::generate_stage {

/// What truncation psi does.
enum class Truncation {
  none,   ///< there is none
  z,      ///< z times psi: less spread of the latent code (plain decoders)
  w,      ///< w_avg + psi (w - w_avg), w from the mapping network (StyleGAN)
  input,  ///< the network takes psi itself
};

struct GeneratorCard {
  std::filesystem::path file;
  std::string name, training_set, licence, sha256;  ///< sha256: of the card file
  std::filesystem::path weights;                 ///< from z, or from w where there is a mapping network, to a picture
  std::optional<std::filesystem::path> mapping;  ///< from z to w
  std::size_t z = 0;                             ///< length of the latent code
  std::size_t classes = 0;                       ///< 0: not conditional
  Truncation truncation = Truncation::none;
  std::filesystem::path w_avg;        ///< file of one row, or of one a layer
  std::optional<std::size_t> cutoff;  ///< only so many first layers are truncated
  std::size_t batch = 1;              ///< pictures run together where the network takes any number
  std::size_t width = 0, height = 0;
  double black = -1, white = 1;  ///< output values that become 0 and 255
  bool channels_last = false;    ///< (batch, height, width, channels) instead of (batch, channels, height, width)
  bool blue_first = false;
  picture_stage::Channels channels = picture_stage::Channels::rgb;
  std::string z_input = "z", class_input = "c", psi_input = "psi";  ///< names where a network has several inputs
  std::optional<PictureDigest> golden;
};

/// Reads the card and, where it names them, checks the weights' checksums. Throws Error{input} naming card and field.
GeneratorCard read_generator_card(const std::filesystem::path& file);

}  // namespace semblance::generate_stage
