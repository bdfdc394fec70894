#include "generate/generator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/numpy_random.hpp"
#include "base/sha256.hpp"
#include "generate/pictures.hpp"
#include "semblance/error.hpp"
#include "semblance/store.hpp"
#include "semblance/version.hpp"

namespace semblance::generate_stage {
namespace {

using infer_stage::Graph;
using infer_stage::Shape;
using infer_stage::shape_text;

constexpr double kLargestTruncation = 10;

// The declared shape with the batch and what else is open filled in, so that it holds `values` numbers.
Shape filled(const Graph& graph, const Graph::Port& port, std::size_t batch, std::size_t values) {
  Shape shape = port.shape;
  if (!shape.empty()) shape[0] = static_cast<std::int64_t>(batch);
  const auto open = std::ranges::find_if(shape, [](std::int64_t size) { return size < 0; });
  if (open != shape.end()) {
    *open = 1;
    const auto held = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    *open = held > 0 ? static_cast<std::int64_t>(values) / held : 0;
  }
  const auto held = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  if (shape.empty() || held != static_cast<std::int64_t>(values)) {
    graph.refuse(fmt::format("takes {} as '{}', which holds no {} pictures of {} numbers", shape_text(port.shape),
                             port.name, batch, values / batch));
  }
  return shape;
}

}  // namespace

Generator::Generator(const Runtime& runtime, GeneratorCard card) : card_(std::move(card)) {
  if (card_.mapping) mapping_ = std::make_unique<Graph>(runtime, *card_.mapping);
  synthesis_ = std::make_unique<Graph>(runtime, card_.weights);
  ports_ = find_ports(first());
  if (mapping_ && synthesis_->inputs().size() != 1) {
    synthesis_->refuse(
        fmt::format("has {} inputs; with a table [mapping] it takes w alone", synthesis_->inputs().size()));
  }
  settle_batch();
  if (card_.truncation == Truncation::w) read_w_avg();
}

Generator::Ports Generator::find_ports(const Graph& graph) const {
  const auto& inputs = graph.inputs();
  const bool needs_class = card_.classes > 0;
  const bool needs_psi = card_.truncation == Truncation::input;
  if (inputs.size() == 1 && !needs_class && !needs_psi) return {};
  const auto find = [&](const std::string& name, const char* what) {
    const auto at = std::ranges::find(inputs, name, &Graph::Port::name);
    if (at != inputs.end()) return static_cast<std::size_t>(at - inputs.begin());
    std::string names;
    for (const Graph::Port& port : inputs) names += fmt::format("{}'{}'", names.empty() ? "" : ", ", port.name);
    graph.refuse(fmt::format("has no input '{}' for {}, only {}; the card's table [inputs] names them", name, what,
                             names.empty() ? "none" : names));
  };
  Ports ports{.z = find(card_.z_input, "the latent code"), .label = {}, .psi = {}};
  if (needs_class) ports.label = find(card_.class_input, "the class");
  if (needs_psi) ports.psi = find(card_.psi_input, "the truncation");
  if (inputs.size() != 1U + (needs_class ? 1 : 0) + (needs_psi ? 1 : 0)) {
    graph.refuse(
        fmt::format("has {} inputs, the card speaks of {}: with classes one more, with truncation = "
                    "\"input\" one more",
                    inputs.size(), 1 + (needs_class ? 1 : 0) + (needs_psi ? 1 : 0)));
  }
  return ports;
}

void Generator::settle_batch() {
  batch_ = card_.batch;
  const auto fixed = [](const Graph& graph, std::size_t port) {
    const Shape& shape = graph.inputs()[port].shape;
    return shape.empty() ? std::int64_t{-1} : shape[0];
  };
  if (const std::int64_t size = fixed(first(), ports_.z); size > 0) batch_ = static_cast<std::size_t>(size);
  if (!mapping_) return;
  const std::int64_t size = fixed(*synthesis_, 0);
  if (size <= 0 || size == static_cast<std::int64_t>(batch_)) return;
  if (fixed(*mapping_, ports_.z) > 0) {
    synthesis_->refuse(fmt::format("takes {} pictures at once, the mapping network {}", size, batch_));
  }
  batch_ = static_cast<std::size_t>(size);
}

void Generator::read_w_avg() {
  const EmbeddingSet rows = read_embeddings({.location = card_.w_avg.string(), .items = {}}, {.allow_zero_rows = true});
  for (std::size_t row = 0; row < rows.matrix.rows; ++row) {
    const auto values = rows.matrix.row(row);
    w_avg_.insert(w_avg_.end(), values.begin(), values.end());
  }
}

void check_wish(const GeneratorCard& card, const Wish& wish) {
  const auto refuse = [&](const char* option, const std::string& why) {
    throw Error(ErrorCode::usage, "generate", option, why);
  };
  if (!std::isfinite(wish.truncation) || std::abs(wish.truncation) > kLargestTruncation) {
    refuse("--truncation",
           fmt::format("is {:g}; it lies between {} and {}", wish.truncation, -kLargestTruncation, kLargestTruncation));
  }
  if (card.truncation == Truncation::none && wish.truncation != 1) {
    refuse("--truncation",
           fmt::format("is {:g}, but {} knows no truncation; leave it out", wish.truncation, card.name));
  }
  if (card.classes == 0 && wish.label) {
    refuse("--class", fmt::format("is given, but {} knows no classes; leave it out", card.name));
  }
  if (card.classes > 0 && !wish.label) {
    refuse("--class", fmt::format("is missing: {} makes pictures of a class, 0 to {}", card.name, card.classes - 1));
  }
  if (wish.label && *wish.label >= card.classes) {
    refuse("--class", fmt::format("is {}; {} knows 0 to {}", *wish.label, card.name, card.classes - 1));
  }
}

Generator::Latents Generator::draw(std::uint32_t from, double scale) const {
  Latents latents;
  std::vector<double> code(card_.z);
  for (std::size_t k = 0; k < batch_; ++k) {
    numpy_randn(from + static_cast<std::uint32_t>(k), code);
    for (const double value : code) latents.values.push_back(static_cast<float>(scale == 1 ? value : scale * value));
  }
  latents.shape = filled(first(), first().inputs()[ports_.z], batch_, latents.values.size());
  return latents;
}

void Generator::run_first(const Latents& z, const Wish& wish, const Graph::Take& take) const {
  const Graph& graph = first();
  std::vector<Graph::Fed> fed = {{.input = ports_.z, .values = z.values, .shape = z.shape}};
  std::vector<float> one_hot;
  if (ports_.label) {
    one_hot.resize(batch_ * card_.classes);
    for (std::size_t k = 0; k < batch_; ++k) one_hot[k * card_.classes + *wish.label] = 1;
    fed.push_back({.input = *ports_.label,
                   .values = one_hot,
                   .shape = filled(graph, graph.inputs()[*ports_.label], batch_, one_hot.size())});
  }
  const auto psi = static_cast<float>(wish.truncation);
  if (ports_.psi) {
    Shape shape = graph.inputs()[*ports_.psi].shape;
    for (std::int64_t& size : shape) size = 1;
    fed.push_back({.input = *ports_.psi, .values = {&psi, 1}, .shape = shape});
  }
  graph.run(fed, 1, take);
}

Generator::Latents Generator::mapped(const Latents& z, const Wish& wish) const {
  Latents w;
  run_first(z, wish, [&](std::size_t, const Shape& shape, std::span<const float> values) {
    w = {.values = {values.begin(), values.end()}, .shape = shape};
  });
  const bool fits = (w.shape.size() == 2 || w.shape.size() == 3) && w.shape[0] == static_cast<std::int64_t>(batch_) &&
                    !w.values.empty();
  if (!fits) {
    mapping_->refuse(fmt::format("gives {} for {} codes; w has the shape codes x numbers, or codes x layers x numbers",
                                 shape_text(w.shape), batch_));
  }
  if (card_.truncation == Truncation::w && wish.truncation != 1) truncate(w, wish.truncation);
  // One w for all layers, where the other network wants one a layer.
  const Graph::Port& port = synthesis_->inputs().front();
  if (w.shape.size() == 2 && port.shape.size() == 3 && port.shape[1] > 0) {
    const auto length = static_cast<std::size_t>(w.shape[1]);
    std::vector<float> repeated;
    for (std::size_t k = 0; k < batch_; ++k) {
      for (std::int64_t layer = 0; layer < port.shape[1]; ++layer) {
        const auto code = std::span(w.values).subspan(k * length, length);
        repeated.insert(repeated.end(), code.begin(), code.end());
      }
    }
    w.values = std::move(repeated);
  }
  w.shape = filled(*synthesis_, port, batch_, w.values.size());
  return w;
}

void Generator::truncate(Latents& w, double psi) const {
  const auto length = static_cast<std::size_t>(w.shape.back());
  const std::size_t layers = w.shape.size() == 3 ? static_cast<std::size_t>(w.shape[1]) : 1;
  if (w_avg_.size() != length && w_avg_.size() != layers * length) {
    throw Error(ErrorCode::input, "generate", card_.w_avg.string(),
                fmt::format("holds {} numbers; w has {} of them{}", w_avg_.size(), length,
                            layers > 1 ? fmt::format(" in {} layers", layers) : ""));
  }
  for (std::size_t i = 0; i < w.values.size(); ++i) {
    if (card_.cutoff && i / length % layers >= *card_.cutoff) continue;
    const double average = w_avg_[i % w_avg_.size()];
    w.values[i] = static_cast<float>(average + psi * (static_cast<double>(w.values[i]) - average));
  }
}

std::vector<Made> Generator::make(const std::vector<std::uint32_t>& wanted, const Wish& wish) const {
  const auto size = static_cast<std::uint32_t>(batch_);
  const std::uint32_t from = wanted.front() / size * size;
  std::vector<Made> made(wanted.size());
  const Graph::Take take = [&](std::size_t, const Shape& shape, std::span<const float> values) {
    if (shape != picture_shape(card_, batch_)) {
      synthesis_->refuse(
          fmt::format("gives {}, the card says {}", shape_text(shape), shape_text(picture_shape(card_, batch_))));
    }
    const std::size_t each = values.size() / batch_;
    for (std::size_t k = 0; k < wanted.size(); ++k) {
      made[k] = picture_of(card_, values.subspan((wanted[k] - from) * each, each));
      made[k].seed = wanted[k];
    }
  };
  const Latents z = draw(from, card_.truncation == Truncation::z ? wish.truncation : 1);
  if (!mapping_) {
    run_first(z, wish, take);
    return made;
  }
  const Latents w = mapped(z, wish);
  const Graph::Fed fed = {.input = 0, .values = w.values, .shape = w.shape};
  synthesis_->run({&fed, 1}, 1, take);
  return made;
}

std::vector<std::vector<std::uint32_t>> groups_of(const std::vector<std::uint32_t>& seeds, std::size_t batch) {
  std::vector<std::vector<std::uint32_t>> groups;
  for (const std::uint32_t seed : seeds) {
    if (groups.empty() || groups.back().front() / batch != seed / batch) groups.emplace_back();
    groups.back().push_back(seed);
  }
  return groups;
}

Facts facts_of(const Generator& generator, const Wish& wish) {
  const GeneratorCard& card = generator.card();
  Facts facts = {{"generator", card.name},
                 {"generator_card_sha256", card.sha256},
                 {"generator_weights_sha256", sha256_file(card.weights)}};
  if (card.mapping) facts.emplace_back("generator_mapping_sha256", sha256_file(*card.mapping));
  if (card.truncation == Truncation::w) facts.emplace_back("generator_w_avg_sha256", sha256_file(card.w_avg));
  facts.emplace_back("truncation", fmt::format("{}", wish.truncation));
  if (wish.label) facts.emplace_back("class", std::to_string(*wish.label));
  return facts;
}

std::string description(const Generator& generator, const Wish& wish) {
  const GeneratorCard& card = generator.card();
  std::string text = fmt::format("Semblance {}\n{}\ngenerator's card {}\ngenerator's weights {}\n", kVersion,
                                 generator.engine(), card.sha256, sha256_file(card.weights));
  if (card.mapping) text += fmt::format("mapping network {}\n", sha256_file(*card.mapping));
  if (card.truncation == Truncation::w) text += fmt::format("w_avg {}\n", sha256_file(card.w_avg));
  text += fmt::format("truncation {}\nclass {}\n", wish.truncation,
                      wish.label ? std::to_string(*wish.label) : std::string("none"));
  return text;
}

}  // namespace semblance::generate_stage
