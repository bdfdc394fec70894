// The pipeline: items come in order from one place, are decoded and run in parallel, and go out in order.

#include "semblance/embed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>

#include "align/aligner.hpp"
#include "base/output_folder.hpp"
#include "base/parallel.hpp"
#include "embed/network_card.hpp"
#include "embed/preprocess.hpp"
#include "infer/network.hpp"
#include "semblance/error.hpp"
#include "store/store_writer.hpp"

namespace semblance {
namespace {

using namespace embed_stage;
using infer_stage::Network;

constexpr std::size_t kItemsAThread = 64;  // read at a time: enough that threads rarely wait for the slowest
constexpr std::size_t kRejectionsTold = 10;

struct Slot {
  DatasetItem item;
  std::vector<float> tensor, embedding;
};

void embed_one(const NetworkCard& card, const Network& network, const align_stage::Aligner& aligner, Slot& slot) {
  if (!slot.item.rejection.empty()) return;
  align_stage::Aligned aligned;
  try {
    aligned = aligner.align(slot.item.id,
                            picture_stage::decode(slot.item.bytes, picture_stage::Channels::rgb, PictureLimits{}));
  } catch (const picture_stage::Unreadable& why) {
    slot.item.rejection = why.what();
    return;
  }
  if (!aligned.face) {
    slot.item.rejection = aligned.why;
    return;
  }
  preprocess(*aligned.face, card, slot.tensor);
  network.run(slot.tensor, slot.embedding);
  double squares = 0;
  for (const float x : slot.embedding) squares += static_cast<double>(x) * static_cast<double>(x);
  if (!std::isfinite(squares)) {
    slot.item.rejection = "the network gives no finite numbers for it";
  } else if (squares == 0) {
    slot.item.rejection = "the network gives nothing but zeros for it";
  }
}

// Two pictures by formula, as unlike as can be: a network that can't tell them apart tells nobody from anybody.
void check_tells_apart(const NetworkCard& card, const Network& network) {
  std::array<std::vector<float>, 2> outputs;
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    auto picture = picture_stage::blank(112, 112, picture_stage::Channels::rgb);
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
      const std::size_t x = i / 3 % 112;
      const std::size_t y = i / 336;
      picture.pixels[i] = static_cast<std::uint8_t>(k == 0 ? (x * 7 + y * 3 + i % 3 * 40) % 256
                                                           : 255 - ((x / 16 + y / 16) % 2 * 200 + i % 3 * 20));
    }
    std::vector<float> tensor(3 * card.input.height * card.input.width);
    preprocess(picture, card, tensor);
    outputs[k].resize(card.matcher.dimension);
    network.run(tensor, outputs[k]);
  }
  double dot = 0;
  std::array<double, 2> squares = {0, 0};
  for (std::size_t d = 0; d < card.matcher.dimension; ++d) {
    const auto a = static_cast<double>(outputs[0][d]);
    const auto b = static_cast<double>(outputs[1][d]);
    dot += a * b;
    squares[0] += a * a;
    squares[1] += b * b;
  }
  const auto refuse = [&](const char* why) { throw Error(ErrorCode::input, "embed", card.weights.string(), why); };
  if (!std::isfinite(squares[0]) || !std::isfinite(squares[1]))
    refuse("gives NaN or infinity for a plain picture: its weights are broken");
  constexpr double kSame = 1 - 1e-6;
  if (dot >= kSame * std::sqrt(squares[0] * squares[1])) {
    refuse("gives the same for two pictures that have nothing in common: its weights or the card's scaling are wrong");
  }
}

}  // namespace

EmbedSummary embed(const std::filesystem::path& dataset, const std::filesystem::path& card_file,
                   const std::filesystem::path& out, const EmbedOptions& options) {
  const NetworkCard card = read_network_card(card_file);
  const auto aligner = align_stage::make_aligner(options.align, options.runtime);
  const auto items = open_dataset(dataset, options.dataset);
  OutputFolder folder(out, options.overwrite);
  const Network network(options.runtime, card.weights, card.input.height, card.input.width);
  check_tells_apart(card, network);

  EmbedSummary summary{.matcher = card.matcher.name,
                       .runtime_version = network.runtime_version(),
                       .dimension = card.matcher.dimension,
                       .first_rejections = {},
                       .rejections = {}};
  store_stage::StoreWriter store(folder.staging(), summary.dimension, out);
  const unsigned threads = thread_count(options.threads);
  std::map<std::string, std::size_t> kinds;
  std::vector<Slot> slots(threads * kItemsAThread);
  for (Slot& slot : slots) {
    slot.tensor.resize(3 * card.input.height * card.input.width);
    slot.embedding.resize(summary.dimension);
  }
  for (bool more = true; more;) {
    std::size_t taken = 0;
    while (taken < slots.size() && (more = items->next(slots[taken].item))) ++taken;
    parallel_for(taken, threads, [&](std::size_t k, unsigned) { embed_one(card, network, *aligner, slots[k]); });
    for (std::size_t k = 0; k < taken; ++k) {
      const DatasetItem& item = slots[k].item;
      if (item.rejection.empty()) {
        store.add({item.id, item.identity, item.path}, slots[k].embedding);
        continue;
      }
      store.reject({item.id, item.identity, item.path}, item.rejection);
      ++kinds[item.rejection.substr(0, item.rejection.find(':'))];
      if (summary.first_rejections.size() < kRejectionsTold)
        summary.first_rejections.push_back({item.id, item.rejection});
    }
    const std::size_t done = store.rows() + store.rejected();
    if (options.progress && !options.progress(done, items->count().value_or(0))) {
      throw Error(ErrorCode::interrupted, "embed", "", "stopped");
    }
  }
  summary.embedded = store.rows();
  summary.rejected = store.rejected();
  for (const auto& [why, items_so] : kinds) summary.rejections.push_back({why, items_so});
  std::ranges::stable_sort(summary.rejections, std::greater<>(), &RejectionCount::items);
  if (summary.embedded == 0) {
    const std::string first = summary.first_rejections.empty() ? std::string("there is none")
                                                               : fmt::format("'{}' {}", summary.first_rejections[0].id,
                                                                             summary.first_rejections[0].why);
    throw Error(
        ErrorCode::input, "embed", dataset.string(),
        fmt::format("holds no picture that can be embedded ({} tried; the first: {})", summary.rejected, first));
  }
  std::string note = fmt::format("embedded with ONNX Runtime {}", network.runtime_version());
  if (!aligner->note().empty()) note += "; " + aligner->note();
  store.finish(
      {.matcher = card.matcher.name, .note = note, .card_sha256 = card.matcher.sha256, .dataset = dataset.string()});
  folder.commit();
  return summary;
}

}  // namespace semblance
