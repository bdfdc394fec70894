#include "embed/making.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "semblance/error.hpp"
#include "semblance/version.hpp"
#include "store/folder_store.hpp"
#include "store/store_writer.hpp"

namespace semblance::embed_stage {
namespace {

namespace fs = std::filesystem;

const char* template_name(Template view) {
  switch (view) {
    case Template::t112:
      return "T112";
    case Template::t96:
      return "T96";
    case Template::dlib:
      return "dlib";
    case Template::box:
      return "box";
  }
  return "";
}

const std::string* value_of(const Facts& facts, const std::string& name) {
  const auto at = std::ranges::find(facts, name, &Facts::value_type::first);
  return at == facts.end() ? nullptr : &at->second;
}

// What differs first; nothing if they are the same.
std::string difference(const Facts& there, const Facts& here) {
  if (there.empty()) return "it doesn't say how";
  for (const auto& [name, value] : here) {
    const std::string* other = value_of(there, name);
    if (other == nullptr) return fmt::format("{}: nothing there, '{}' here", name, value);
    if (*other != value) return fmt::format("{}: '{}' there, '{}' here", name, *other, value);
  }
  for (const auto& [name, value] : there) {
    if (value_of(here, name) == nullptr) return fmt::format("{}: '{}' there, nothing here", name, value);
  }
  return {};
}

std::string contents_of(const fs::path& dataset, const EmbedOptions& options) {
  const auto items = open_dataset(dataset, options.dataset);
  ContentsDigest digest;
  std::uint64_t done = 0;
  for (DatasetItem item; items->next(item);) {
    digest.take(item);
    constexpr std::uint64_t kSeldom = 64;
    if (++done % kSeldom == 0 && options.progress && !options.progress(done, items->count().value_or(0))) {
      throw Error(ErrorCode::interrupted, "embed", "", "stopped");
    }
  }
  return digest.finish();
}

}  // namespace

Facts facts_of(const MatcherNetwork& matcher, const align_stage::Aligner& aligner, const Dataset& items,
               const EmbedOptions& options) {
  const NetworkCard& card = matcher.card();
  Facts facts = {{"semblance", kVersion},
                 {"engine", matcher.engine()},
                 {"device", device_name(options.runtime)},
                 {"batch", std::to_string(matcher.batch())},
                 {"card_sha256", card.matcher.sha256},
                 {"weights_sha256", sha256_file(card.weights)},
                 {"template", template_name(card.view)}};
  std::ranges::move(aligner.facts(), std::back_inserter(facts));
  facts.emplace_back("labels", options.dataset.labels == FolderLabels::none ? "none" : "auto");
  facts.emplace_back("item_bytes", std::to_string(options.dataset.item_bytes));
  std::ranges::move(items.facts(), std::back_inserter(facts));
  return facts;
}

std::string lines_of(const Facts& facts) {
  std::string lines;
  for (const auto& [name, value] : facts) lines += fmt::format("{} {}\n", name, value);
  return lines;
}

void ContentsDigest::take(const DatasetItem& item) {
  const auto add = [&](const auto& bytes) {
    const std::uint64_t length = bytes.size();
    sum_.update(&length, sizeof length);
    sum_.update(bytes.data(), bytes.size());
  };
  add(item.id);
  add(item.identity);
  add(item.rejection);
  add(item.bytes);
}

std::optional<EmbedSummary> finished_store(const fs::path& out, const fs::path& dataset, const MatcherNetwork& matcher,
                                           const Facts& facts, const EmbedOptions& options) {
  std::error_code failed;
  if (!fs::exists(out / store_stage::kStoreFile, failed)) return std::nullopt;
  const store_stage::StoreCard card = store_stage::read_store_card(out);
  std::string why = difference(card.made, facts);
  // A generator's pictures follow from what is in `facts`: there is nothing to read.
  if (why.empty() && !card.contents.empty() && contents_of(dataset, options) != card.contents) {
    why = "other pictures: ids, labels or contents have changed";
  }
  if (why.empty()) {
    return EmbedSummary{.matcher = card.matcher,
                        .runtime_version = matcher.runtime_version(),
                        .engine = matcher.engine(),
                        .embedded = card.rows,
                        .rejected = card.rejected,
                        .dimension = card.dim,
                        .reused = true,
                        .first_rejections = {},
                        .rejections = {}};
  }
  if (options.overwrite) return std::nullopt;
  throw Error(
      ErrorCode::output, "embed", out.string(),
      fmt::format("holds embeddings that were made otherwise ({}); choose another folder, or embed them anew with "
                  "--overwrite",
                  why));
}

}  // namespace semblance::embed_stage
