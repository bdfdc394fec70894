// The pipeline: items come in order from one place, are decoded and run in parallel, and go out in order.

#include "semblance/embed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <span>

#include "align/aligner.hpp"
#include "base/ordered_pipeline.hpp"
#include "base/output_folder.hpp"
#include "base/parallel.hpp"
#include "embed/journal.hpp"
#include "embed/making.hpp"
#include "embed/matcher_network.hpp"
#include "embed/self_test.hpp"
#include "semblance/error.hpp"
#include "store/store_writer.hpp"

namespace semblance {
namespace {

using namespace embed_stage;

constexpr std::size_t kItemsAThread = 16;  // under way: enough that threads rarely wait for the slowest
constexpr std::size_t kBytesAThread = std::size_t{32} << 20U;  // of them, however large they are
constexpr std::size_t kRejectionsTold = 10;

struct Slot {
  DatasetItem item;
  bool done = false;  ///< by the run before
  std::vector<float> embedding;
};

// The item's face, or its rejection.
std::optional<picture_stage::Raster> face_of(const align_stage::Aligner& aligner, Slot& slot) {
  if (slot.done || !slot.item.rejection.empty()) return std::nullopt;
  align_stage::Aligned aligned;
  try {
    aligned = aligner.align(slot.item.id, slot.item.bytes);
  } catch (const picture_stage::Unreadable& why) {
    slot.item.rejection = why.what();
    return std::nullopt;
  }
  if (!aligned.face) slot.item.rejection = aligned.why;
  return std::move(aligned.face);
}

void take_embedding(std::span<const float> embedding, Slot& slot) {
  std::ranges::copy(embedding, slot.embedding.begin());
  double squares = 0;
  for (const float x : slot.embedding) squares += static_cast<double>(x) * static_cast<double>(x);
  if (!std::isfinite(squares)) {
    slot.item.rejection = "the network gives no finite numbers for it";
  } else if (squares == 0) {
    slot.item.rejection = "the network gives nothing but zeros for it";
  }
}

/// Items that go through the network together: the same ones whatever the threads.
struct Batch {
  std::vector<Slot> slots;
  std::size_t taken = 0;  ///< of them
  [[nodiscard]] std::size_t bytes() const {
    std::size_t sum = 0;
    for (std::size_t k = 0; k < taken; ++k) sum += slots[k].item.bytes.size();
    return sum;
  }
};

/// What a thread works with.
struct Bench {
  MatcherNetwork::Workspace space;
  std::vector<picture_stage::Raster> faces;
  std::vector<float> embeddings;
};

// One batch, from bytes to embeddings: while one thread's is in the network the others decode. Every item keeps its
// place, so that its embedding doesn't depend on which of the others have a face.
void embed_batch(const MatcherNetwork& matcher, const align_stage::Aligner& aligner, Bench& bench,
                 std::span<Slot> slots) {
  bench.faces.assign(slots.size(), {});
  bool any = false;
  for (std::size_t k = 0; k < slots.size(); ++k) {
    auto face = face_of(aligner, slots[k]);
    if (!face) continue;
    bench.faces[k] = std::move(*face);
    any = true;
  }
  if (!any) return;
  const std::size_t dimension = matcher.card().matcher.dimension;
  bench.embeddings.resize(slots.size() * dimension);
  matcher.embed(bench.faces, bench.space, bench.embeddings);
  for (std::size_t k = 0; k < slots.size(); ++k) {
    if (bench.faces[k].pixels.empty()) continue;
    take_embedding(std::span(bench.embeddings).subspan(k * dimension, dimension), slots[k]);
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
  const MatcherNetwork matcher(options.runtime, std::move(described), options.batch);
  const Facts facts = facts_of(matcher, *aligner, *items, options);
  if (options.reuse) {
    if (auto finished = finished_store(out, dataset, matcher, facts, options)) return std::move(*finished);
  }
  OutputFolder folder(out, options.overwrite);
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
    const std::string from = items->key().empty() ? std::filesystem::absolute(dataset).string() : items->key();
    journal.emplace(options.checkpoint, fmt::format("dataset {}\n", from) + lines_of(facts),
                    std::chrono::duration<double>(options.checkpoint_seconds));
  }
  ContentsDigest contents;
  std::map<std::string, std::size_t> kinds;
  const std::size_t batch = matcher.batch();
  std::vector<Batch> batches((threads * kItemsAThread + batch - 1) / batch + threads);
  for (Batch& one : batches) {
    one.slots.resize(batch);
    for (Slot& slot : one.slots) slot.embedding.resize(summary.dimension);
  }
  std::vector<Bench> benches(threads);
  std::size_t bytes = 0;  // under way
  const auto read = [&](Batch& into) {
    into.taken = 0;
    while (into.taken < batch && items->next(into.slots[into.taken].item)) {
      Slot& slot = into.slots[into.taken];
      contents.take(slot.item);
      slot.done = journal && take_outcome(*journal, slot);
      summary.resumed += slot.done ? 1 : 0;
      ++into.taken;
    }
    bytes += into.bytes();
    return into.taken > 0;
  };
  const auto has_room = [&] { return bytes < threads * kBytesAThread; };
  const auto work = [&](Batch& from, unsigned worker) {
    embed_batch(matcher, *aligner, benches[worker], std::span(from.slots).first(from.taken));
  };
  const auto write = [&](const Batch& from) {
    bytes -= from.bytes();
    for (const Slot& slot : std::span(from.slots).first(from.taken)) {
      const DatasetItem& item = slot.item;
      if (journal && !slot.done) journal->append(item, slot.embedding);
      if (item.rejection.empty()) {
        store.add({item.id, item.identity, item.path}, slot.embedding);
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
  };
  ordered_pipeline(batches, threads, read, has_room, work, write);
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
  if (batch > 1) note += fmt::format(", {} pictures at once", batch);
  if (!aligner->note().empty()) note += "; " + aligner->note();
  if (!items->note().empty()) note += "; " + items->note();
  store.finish({.matcher = card.name,
                .note = note,
                .card_sha256 = card.sha256,
                .dataset = dataset.string(),
                .comparison = card.comparison,
                .made = facts,
                .contents = items->key().empty() ? contents.finish() : std::string()});
  folder.commit();
  if (journal) journal->remove();
  return summary;
}

}  // namespace semblance
