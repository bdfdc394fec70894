#pragma once
// A generator: its card and its networks together.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "generate/generator_card.hpp"
#include "infer/graph.hpp"
#include "picture/raster.hpp"
#include "semblance/facts.hpp"

namespace semblance::generate_stage {

/// What became of a seed.
struct Made {
  std::uint32_t seed = 0;
  picture_stage::Raster picture;
  std::string why;  ///< there is no picture; empty where there is
};

/// A truncation and a class.
struct Wish {
  double truncation = 1;
  std::optional<std::size_t> label;
};

/// Throws Error{usage} for a truncation or class that the generator doesn't know.
void check_wish(const GeneratorCard& card, const Wish& wish);

/// Thread-safe: any number of threads may run it at once.
///
/// Seeds are run in groups of batch(): group g holds seeds g x batch() to (g + 1) x batch() - 1, asked for or not. A
/// network's sums may differ in their last bits with the number of pictures that are run together and with a picture's
/// place among them, so a seed always has the same neighbours.
class Generator {
 public:
  /// Throws Error{resource} without ONNX Runtime; Error{input} if a network can't be loaded or isn't the card's.
  Generator(const Runtime& runtime, GeneratorCard card);

  /// As check_wish.
  void check(const Wish& wish) const { check_wish(card_, wish); }
  /// The seeds `wanted`, all of one group, in their order. Throws Error{input} if a network fails or gives another
  /// shape than the card's.
  [[nodiscard]] std::vector<Made> make(const std::vector<std::uint32_t>& wanted, const Wish& wish) const;

  [[nodiscard]] std::size_t batch() const { return batch_; }
  [[nodiscard]] const GeneratorCard& card() const { return card_; }
  [[nodiscard]] const std::string& runtime_version() const { return synthesis_->runtime_version(); }
  [[nodiscard]] std::string engine() const { return synthesis_->engine(); }

 private:
  /// A batch of latent codes.
  struct Latents {
    std::vector<float> values;
    infer_stage::Shape shape;
  };
  /// Places among a network's inputs.
  struct Ports {
    std::size_t z = 0;
    std::optional<std::size_t> label, psi;
  };
  [[nodiscard]] Ports find_ports(const infer_stage::Graph& graph) const;
  void settle_batch();
  void read_w_avg();
  [[nodiscard]] Latents draw(std::uint32_t first, double scale) const;
  [[nodiscard]] Latents mapped(const Latents& z, const Wish& wish) const;
  void truncate(Latents& w, double psi) const;
  /// Runs the network that z goes into.
  void run_first(const Latents& z, const Wish& wish, const infer_stage::Graph::Take& take) const;
  [[nodiscard]] const infer_stage::Graph& first() const { return mapping_ ? *mapping_ : *synthesis_; }

  GeneratorCard card_;
  std::unique_ptr<infer_stage::Graph> mapping_, synthesis_;
  Ports ports_;  ///< of the network that z goes into
  std::size_t batch_ = 1;
  std::vector<float> w_avg_;  ///< one row of w, or one a layer
};

/// Splits ascending seeds into groups.
std::vector<std::vector<std::uint32_t>> groups_of(const std::vector<std::uint32_t>& seeds, std::size_t batch);

/// The card and its weights, and what is wished of them, for a store's card.
Facts facts_of(const Generator& generator, const Wish& wish);

/// What pictures depend on beside their seeds: card, weights, truncation, class, versions. A line each.
std::string description(const Generator& generator, const Wish& wish);

}  // namespace semblance::generate_stage
