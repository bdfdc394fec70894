#pragma once
// A matcher: its card and its network together.

#include <span>
#include <vector>

#include "embed/network_card.hpp"
#include "infer/network.hpp"
#include "picture/raster.hpp"

namespace semblance::embed_stage {

/// Thread-safe: any number of threads may embed at once, each with a workspace of its own.
class MatcherNetwork {
 public:
  /// What one call needs; reused from call to call.
  struct Workspace {
    std::vector<float> tensor, mirrored;
  };

  /// Throws Error{resource} without ONNX Runtime; Error{input} if the network can't be loaded or isn't the card's.
  MatcherNetwork(const std::filesystem::path& runtime, NetworkCard card);

  /// The embedding, card().matcher.dimension numbers, of an aligned RGB face of any size: whatever the network gives,
  /// finite or not, fused with the mirrored face's as the card says. Throws Error{input} if the network fails.
  void embed(const picture_stage::Raster& face, Workspace& space, std::span<float> embedding) const;

  [[nodiscard]] const NetworkCard& card() const { return card_; }
  [[nodiscard]] const std::string& runtime_version() const { return network_.runtime_version(); }
  [[nodiscard]] const std::string& engine() const { return network_.engine(); }

 private:
  void run(std::span<const float> tensor, std::span<float> embedding) const;

  NetworkCard card_;
  infer_stage::Network network_;
};

}  // namespace semblance::embed_stage
