// The pipeline: items come in order from one place, are decoded and run in parallel, and go out in order.

#include "semblance/embed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <optional>

#include "align/aligner.hpp"
#include "base/output_folder.hpp"
#include "base/parallel.hpp"
#include "base/sha256.hpp"
#include "embed/journal.hpp"
#include "embed/matcher_network.hpp"
#include "embed/self_test.hpp"
#include "semblance/error.hpp"
#include "semblance/version.hpp"
#include "store/store_writer.hpp"

namespace semblance {
namespace {

using namespace embed_stage;

constexpr std::size_t kItemsAThread = 64;  // read at a time: enough that threads rarely wait for the slowest
constexpr std::size_t kBytesAThread = std::size_t{32} << 20U;  // of them, however large they are
constexpr std::size_t kRejectionsTold = 10;

struct Slot {
  DatasetItem item;
  bool done = false;  ///< by the run before
  std::vector<float> embedding;
};

void embed_one(const MatcherNetwork& matcher, const align_stage::Aligner& aligner, MatcherNetwork::Workspace& space,
               Slot& slot) {
  if (slot.done || !slot.item.rejection.empty()) return;
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
  matcher.embed(*aligned.face, space, slot.embedding);
  double squares = 0;
  for (const float x : slot.embedding) squares += static_cast<double>(x) * static_cast<double>(x);
  if (!std::isfinite(squares)) {
    slot.item.rejection = "the network gives no finite numbers for it";
  } else if (squares == 0) {
    slot.item.rejection = "the network gives nothing but zeros for it";
  }
}

align_stage::FaceTemplate template_of(const NetworkCard& card) {
  if (card.view == Template::dlib) return align_stage::kDlibChip;
  align_stage::FaceTemplate result = align_stage::kT112;
  if (card.view == Template::box) {
    result.side = std::max(card.input.width, card.input.height);
    result.margin = card.margin;
  }
  return result;
}

// Everything that an item's outcome depends on but the item itself.
std::string run_key(const std::filesystem::path& dataset, const Dataset& items, const MatcherNetwork& matcher,
                    const align_stage::Aligner& aligner, const EmbedOptions& options) {
  const AlignOptions& align = options.align;
  return fmt::format(
      "Semblance {}\n{}\ndataset {}\nlabels {}\nlargest item {}\nmatcher's card {}\nmatcher's weights "
      "{}\nalignment {}\nlandmarks {}\nfaces {} {:a} {:a} {:a}\n",
      kVersion, matcher.engine(), items.key().empty() ? std::filesystem::absolute(dataset).string() : items.key(),
      static_cast<int>(options.dataset.labels), options.dataset.item_bytes, matcher.card().matcher.sha256,
      sha256_file(matcher.card().weights), aligner.note(),
      align.landmarks.empty() ? "none" : sha256_file(align.landmarks), static_cast<int>(align.several), align.min_face,
      align.max_turn, align.min_sharpness);
}

// What the run before made of the item, if it came so far.
bool take_outcome(Journal& journal, Slot& slot) {
  auto entry = journal.replay();
  if (!entry) return false;
  if (entry->id != slot.item.id) {
    throw Error(ErrorCode::input, "embed", slot.item.id,
                fmt::format("stands where the run before found '{}': the dataset has changed. Delete the checkpoint to "
                            "begin anew",
                            entry->id));
  }
  slot.item.rejection = entry->rejection;
  if (entry->rejection.empty()) slot.embedding = std::move(entry->embedding);
  return true;
}

}  // namespace

EmbedSummary embed(const std::filesystem::path& dataset, const std::filesystem::path& card_file,
                   const std::filesystem::path& out, const EmbedOptions& options) {
  NetworkCard described = read_network_card(card_file);
  const auto aligner = align_stage::make_aligner(options.align, options.runtime, template_of(described));
  const auto items = open_dataset(dataset, options.dataset);
  OutputFolder folder(out, options.overwrite);
  const MatcherNetwork matcher(options.runtime, std::move(described));
  self_test(matcher);
  const MatcherCard& card = matcher.card().matcher;

  EmbedSummary summary{.matcher = card.name,
                       .runtime_version = matcher.runtime_version(),
                       .engine = matcher.engine(),
                       .dimension = card.dimension,
                       .first_rejections = {},
                       .rejections = {}};
  store_stage::StoreWriter store(folder.staging(), summary.dimension, out);
  const unsigned threads = thread_count(options.threads);
  std::optional<Journal> journal;
  if (!options.checkpoint.empty()) {
    journal.emplace(options.checkpoint, run_key(dataset, *items, matcher, *aligner, options),
                    std::chrono::duration<double>(options.checkpoint_seconds));
  }
  std::map<std::string, std::size_t> kinds;
  std::vector<Slot> slots(threads * kItemsAThread);
  for (Slot& slot : slots) slot.embedding.resize(summary.dimension);
  std::vector<MatcherNetwork::Workspace> spaces(threads);
  for (bool more = true; more;) {
    std::size_t taken = 0;
    std::size_t bytes = 0;
    while (taken < slots.size() && bytes < threads * kBytesAThread && (more = items->next(slots[taken].item))) {
      bytes += slots[taken].item.bytes.size();
      slots[taken].done = journal && take_outcome(*journal, slots[taken]);
      summary.resumed += slots[taken].done ? 1 : 0;
      ++taken;
    }
    parallel_for(taken, threads,
                 [&](std::size_t k, unsigned worker) { embed_one(matcher, *aligner, spaces[worker], slots[k]); });
    for (std::size_t k = 0; k < taken; ++k) {
      const DatasetItem& item = slots[k].item;
      if (journal && !slots[k].done) journal->append(item, slots[k].embedding);
      if (item.rejection.empty()) {
        store.add({item.id, item.identity, item.path}, slots[k].embedding);
        continue;
      }
      store.reject({item.id, item.identity, item.path}, item.rejection);
      ++kinds[item.rejection.substr(0, item.rejection.find(':'))];
      if (summary.first_rejections.size() < kRejectionsTold)
        summary.first_rejections.push_back({item.id, item.rejection});
    }
    if (journal) journal->write_if_due();
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
  std::string note = "embedded with " + matcher.engine();
  if (!aligner->note().empty()) note += "; " + aligner->note();
  if (!items->note().empty()) note += "; " + items->note();
  store.finish({.matcher = card.name,
                .note = note,
                .card_sha256 = card.sha256,
                .dataset = dataset.string(),
                .comparison = card.comparison});
  folder.commit();
  if (journal) journal->remove();
  return summary;
}

}  // namespace semblance
