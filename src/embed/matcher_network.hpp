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
    std::vector<float> tensor, straight, mirrored;
  };

  /// `batch`: as EmbedOptions has it. Throws Error{resource} without ONNX Runtime or its device; Error{input} if the
  /// network can't be loaded or isn't the card's; Error{usage} if it can't take such batches.
  MatcherNetwork(const Runtime& runtime, NetworkCard card, std::size_t batch = 0);

  /// The embeddings, card().matcher.dimension numbers each, of aligned RGB faces of any size, batch() of them or fewer:
  /// whatever the network gives, finite or not, fused with the mirrored faces' as the card says. A face without pixels
  /// has a place and no embedding. However few there are, the network runs batch() pictures, so that it always computes
  /// alike. Throws Error{input} if the network fails.
  void embed(std::span<const picture_stage::Raster> faces, Workspace& space, std::span<float> embeddings) const;

  [[nodiscard]] const NetworkCard& card() const { return card_; }
  /// Pictures that go through the network at once.
  [[nodiscard]] std::size_t batch() const { return batch_; }
  [[nodiscard]] const std::string& runtime_version() const { return network_.runtime_version(); }
  [[nodiscard]] const std::string& engine() const { return network_.engine(); }

 private:
  void run(std::span<const float> tensor, std::span<float> embeddings) const;
  [[nodiscard]] std::size_t settled(const Runtime& runtime, std::size_t asked) const;

  NetworkCard card_;
  infer_stage::Network network_;
  std::size_t batch_;
};

}  // namespace semblance::embed_stage
