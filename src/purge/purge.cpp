// The purge in order: read, check, choose, write, measure, audit again.

#include "semblance/purge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <set>
#include <unordered_set>

#include "base/output_folder.hpp"
#include "base/places.hpp"
#include "purge/diversity.hpp"
#include "purge/folder_sync.hpp"
#include "purge/outcome_files.hpp"
#include "purge/provenance.hpp"
#include "purge/selection.hpp"
#include "purge/writers.hpp"
#include "semblance/report_file.hpp"
#include "store/matcher_card.hpp"
#include "store/store_writer.hpp"

namespace semblance {
namespace {

using namespace purge_stage;
namespace fs = std::filesystem;

Progress progress_of(const PurgeOptions& options, const std::string& label, const std::string& unit) {
  return options.progress ? options.progress(label, unit) : Progress();
}

// The images of `set` are those of the report, in its order. With several matchers the report is about the images that
// all of them saw, and a set may hold more: those that another one rejected.
bool holds_images(const EmbeddingSet& set, const ReportModel::Matcher& matcher,
                  const std::unordered_set<std::string_view>& rejected) {
  const auto is_of = [](const std::string& id, const ReportModel::ImageRow& image) { return id == image.id; };
  if (std::ranges::equal(set.ids, matcher.images, is_of)) return true;
  const auto seen_by_all = [&](const std::string& id) { return !rejected.contains(id); };
  return std::ranges::equal(set.ids | std::views::filter(seen_by_all), matcher.images, is_of);
}

// Every synthetic set that the report names, a matcher each, its images in the order of images.csv.
std::vector<EmbeddingSet> read_embedded(const Provenance& provenance, const ReportModel& model) {
  std::vector<EmbeddingSet> sets;
  for (const MatcherInput& matcher : provenance.audit.matchers) {
    sets.push_back(read_embeddings(
        matcher.synthetic,
        {.allow_zero_rows = provenance.audit.comparison.value_or(Comparison::cosine) != Comparison::cosine}));
  }
  std::unordered_set<std::string_view> rejected;
  for (const EmbeddingSet& set : sets) {
    for (const auto& item : set.rejected_items) rejected.insert(item.id);
  }
  for (std::size_t m = 0; m < sets.size(); ++m) {
    if (holds_images(sets[m], model.matchers[m], rejected)) continue;
    refuse(sets[m].location,
           "has other images, or another order of them, than images.csv of the report; was its items file changed?");
  }
  return sets;
}

// A matcher, then a row of its embeddings: the item. Rows that the report is not about have one, too.
std::vector<std::vector<std::size_t>> items_of_rows(const std::vector<EmbeddingSet>& embedded, const Items& items) {
  std::vector<std::vector<std::size_t>> all;
  for (const EmbeddingSet& set : embedded) {
    const auto& of = all.emplace_back(find_items(items, set.ids));
    const auto missing = std::ranges::find(of, kNoItem);
    if (missing == of.end()) continue;
    refuse(items.location.string(),
           fmt::format("has no image '{}', which {} has an embedding of; give the dataset that was audited",
                       set.ids[static_cast<std::size_t>(missing - of.begin())], set.location));
  }
  return all;
}

// The embeddings as a dataset: the images of every matcher, those that only some have, too.
Items embedded_items(const std::vector<EmbeddingSet>& sets, const ReportModel& model) {
  const EmbeddingSet& first = sets.front();
  Items items{.kind = Kind::embeddings, .location = first.location, .items = {}, .labelled = first.labelled};
  std::unordered_set<std::string_view> known;
  for (const EmbeddingSet& set : sets) {
    for (std::size_t row = 0; row < set.ids.size(); ++row) {
      if (!known.insert(set.ids[row]).second) continue;
      items.items.push_back({.id = set.ids[row],
                             .identity = set.labelled ? set.identity_names[set.identity[row]] : std::string(),
                             .path = set.paths.empty() ? std::string() : set.paths[row]});
    }
  }
  // Images that no matcher could embed have no name here, but count.
  items.items.resize(std::max(items.items.size(), model.synthetic.items + model.synthetic.rejected));
  return items;
}

// Labels that the pictures lack may stand with their embeddings.
void settle_labels(Items& items, const std::vector<EmbeddingSet>& embedded, FolderLabels labels) {
  if (labels == FolderLabels::none) {
    for (Item& item : items.items) item.identity.clear();
    items.labelled = false;
    return;
  }
  if (items.labelled || embedded.empty() || !embedded.front().labelled) return;
  const EmbeddingSet& set = embedded.front();
  const std::vector<std::size_t> at = find_items(items, set.ids);
  for (std::size_t row = 0; row < at.size(); ++row) {
    if (at[row] != kNoItem) items.items[at[row]].identity = set.identity_names[set.identity[row]];
  }
  items.labelled = true;
}

void check_options(const PurgeOptions& options, const Items& items) {
  const bool pictures = items.kind == Kind::folder || items.kind == Kind::list;
  if (options.how == PurgeHow::link && !pictures) {
    throw Error(ErrorCode::usage, "purge", "--how",
                "is link, which works with pictures in folders and lists; use copy");
  }
  if (options.how != PurgeHow::list && items.kind == Kind::other) {
    throw Error(ErrorCode::usage, "purge", "--how",
                "must be list here: purge writes folders, lists, archives, RecordIO and embeddings, not LMDB or "
                "verification sets");
  }
}

void check_places(const PurgeOptions& options, const Items& items, const Provenance& provenance) {
  check_apart(options.out, options.report, "the report");
  if (items.kind != Kind::embeddings) check_apart(options.out, items.location, "the dataset");
  for (const fs::path& input : provenance.inputs) check_apart(options.out, input, "an input of the audit");
  if (!options.stores.empty()) check_apart(options.out, options.stores, "the stores");
  if (items.kind != Kind::list) return;
  // A list's pictures may lie anywhere.
  std::unordered_set<std::string> folders;
  for (const Item& item : items.items) {
    const fs::path folder = (fs::absolute(items.location).parent_path() / item.path).parent_path();
    if (folders.insert(folder.string()).second) check_not_inside(folder, options.out, "pictures of the dataset");
  }
}

void write_dataset(const PurgeOptions& options, const Items& items, const std::vector<bool>& kept,
                   const ReportModel& model, const Provenance& provenance, const std::vector<EmbeddingSet>& embedded,
                   const std::vector<std::vector<std::size_t>>& item_of_row, const fs::path& staging) {
  Job job{.items = items,
          .kept = kept,
          .folder = staging,
          .link = options.how == PurgeHow::link,
          .progress = progress_of(options, "writing the dataset", "images")};
  if (options.how == PurgeHow::list) return write_kept_list(job);
  job.folder = staging / "dataset";
  make_folder(job.folder);
  if (items.kind == Kind::archive) return write_archive(job);
  if (items.kind == Kind::records) return write_records(job);
  if (items.kind != Kind::embeddings) return write_pictures(job);
  std::set<std::string> removed;
  for (std::size_t k = 0; k < items.items.size(); ++k) {
    if (!kept[k] && !items.items[k].id.empty()) removed.insert(items.items[k].id);
  }
  for (std::size_t m = 0; m < embedded.size(); ++m) {
    const EmbeddingSource& source = provenance.audit.matchers[m].synthetic;
    std::vector<bool> rows;
    for (const std::size_t item : item_of_row[m]) rows.push_back(kept[item]);
    fs::path folder = job.folder;
    if (embedded.size() > 1) {
      std::string name = matcher_folder(model.matchers[m].name);
      while (fs::exists(folder / name)) name += '_';  // "a/b" and "a_b" are one folder's name
      folder /= name;
      make_folder(folder);
    }
    fs::path list = source.items.value_or(fs::path());
    if (list.empty() && fs::is_directory(source.location)) list = fs::path(source.location) / store_stage::kItemsFile;
    write_embeddings(embedded[m], list, rows, removed, folder);
  }
}

std::vector<PurgeOutcome::Diversity> diversity(const std::vector<EmbeddingSet>& embedded, const ReportModel& model,
                                               const std::vector<std::vector<std::size_t>>& item_of_row,
                                               const std::vector<bool>& removed, unsigned threads) {
  std::vector<PurgeOutcome::Diversity> result;
  for (std::size_t m = 0; m < embedded.size(); ++m) {
    const MatrixView& matrix = embedded[m].matrix;
    std::vector<bool> gone;
    for (const std::size_t item : item_of_row[m]) gone.push_back(removed[item]);
    Spread spread(matrix.cols);
    spread.add(matrix, std::vector<bool>(matrix.rows, true), false, threads);
    PurgeOutcome::Diversity of{.matcher = model.matchers[m].name,
                               .rank_before = spread.effective_rank(),
                               .rank_after = {},
                               .cosine_before = spread.mean_cosine(),
                               .cosine_after = {}};
    spread.add(matrix, gone, true, threads);
    of.rank_after = spread.effective_rank();
    of.cosine_after = spread.mean_cosine();
    result.push_back(std::move(of));
  }
  return result;
}

PurgeOutcome::Verdict verdict_of(const ReportModel& model) {
  PurgeOutcome::Verdict verdict{.leakage = model.verdict.leakage, .p = model.verdict.p, .matchers = {}};
  const auto laxest = [](const std::vector<ReportModel::List>& lists) {
    const auto at = std::ranges::max_element(lists, {}, &ReportModel::List::q);
    return at == lists.end() ? std::size_t{0} : at->count;
  };
  for (const auto& matcher : model.matchers) {
    verdict.matchers.push_back(
        {.matcher = matcher.name,
         .people = laxest(matcher.identity_lists),
         .images = laxest(matcher.image_lists),
         .minimum_detectable = matcher.leak_rate ? matcher.leak_rate->minimum_detectable : std::nullopt});
  }
  return verdict;
}

PurgeOutcome describe(const ReportModel& model, const Items& items, const Selection& selection) {
  PurgeOutcome outcome;
  outcome.kind = kind_name(items.kind);
  outcome.dataset = items.location.string();
  outcome.before = verdict_of(model);
  outcome.of_identity = selection.of_identity;
  outcome.still_listed = selection.still_listed;
  std::unordered_set<std::string_view> before, after;
  for (std::size_t k = 0; k < items.items.size(); ++k) {
    const bool removed = selection.removed[k];
    ++outcome.images.before;
    ++(removed ? outcome.images.removed : outcome.images.after);
    outcome.never_compared += !removed && !selection.compared[k] ? 1 : 0;
    if (items.items[k].identity.empty()) continue;
    before.insert(items.items[k].identity);
    if (!removed) after.insert(items.items[k].identity);
  }
  if (!before.empty()) outcome.identities = {before.size(), before.size() - after.size(), after.size()};
  return outcome;
}

// The audit of what is left; says why not, or writes its report.
void audit_again(const PurgeOptions& options, const Provenance& provenance, const ReportModel& model,
                 const Items& items, const Selection& selection, const fs::path& staging, PurgeOutcome& outcome) {
  if (!options.audit) {
    outcome.no_audit = "it was not asked for";
    return;
  }
  if (outcome.images.removed == 0) {
    outcome.no_audit = "nothing was removed, so the report stands";
    return;
  }
  if (!provenance.audit_gone.empty()) {
    outcome.no_audit = provenance.audit_gone;
    return;
  }
  const LeftOutItems left = leave_out_alike(selection, items, options.what);
  AuditOptions again = provenance.audit;
  again.threads = options.threads;
  again.progress = options.progress;
  std::unordered_set<std::string> ids;
  for (std::size_t m = 0; m < model.matchers.size(); ++m) {
    std::size_t rest = 0;
    for (std::size_t j = 0; j < selection.item_of[m].size(); ++j) {
      const std::size_t item = selection.item_of[m][j];
      if (left.out[item] || selection.removed[item]) {
        if (ids.insert(model.matchers[m].images[j].id).second)
          again.leave_out.push_back(model.matchers[m].images[j].id);
      } else {
        ++rest;
      }
    }
    if (rest >= 2) continue;
    outcome.no_audit = fmt::format(
        "too little is left to compare: by matcher {}, {} of the kept images match R and H less than the removed match "
        "R",
        model.matchers[m].name, rest);
    return;
  }
  const AuditOutcome audited = audit(again);
  make_folder(staging / "report");
  write_report(audited.model, audited.run, staging / "report");
  outcome.after = verdict_of(audited.model);
  outcome.left_out = left.counts;
}

}  // namespace

PurgeOutcome purge(const PurgeOptions& options) {
  if (options.max_q && !(*options.max_q > 0 && *options.max_q <= 1)) {
    throw Error(ErrorCode::usage, "purge", "--max-q",
                fmt::format("is {}; it is a false discovery rate over 0, at most 1", *options.max_q));
  }
  const ReportModel model =
      read_report(options.report, {.removal = true, .identities = false, .images = true, .curves = false});
  if (std::ranges::find(model.options, "left-out", &std::pair<std::string, std::string>::first) !=
      model.options.end()) {
    refuse(options.report.string(),
           "is an audit that left images out, as purge makes it; audit the whole dataset and purge by that report");
  }
  const Provenance provenance = read_provenance(model, options.stores);
  const bool from_embeddings = options.synthetic.empty();
  const std::string& changed = !provenance.synthetic_changed.empty() && from_embeddings ? provenance.synthetic_changed
                                                                                        : provenance.audit_changed;
  if (!changed.empty() && (options.audit || (from_embeddings && !provenance.synthetic_changed.empty()))) {
    refuse(options.report.string(),
           changed + (from_embeddings ? "; audit again" : "; audit again, or pass --no-audit"));
  }
  if (from_embeddings && !provenance.synthetic_gone.empty()) {
    refuse(options.report.string(), "its synthetic embeddings can't be read: " + provenance.synthetic_gone +
                                        "; give the pictures with --synthetic");
  }
  const std::string& no_embeddings =
      !provenance.synthetic_gone.empty() ? provenance.synthetic_gone : provenance.synthetic_changed;
  std::vector<EmbeddingSet> embedded;
  if (no_embeddings.empty()) embedded = read_embedded(provenance, model);
  Items items = from_embeddings ? embedded_items(embedded, model) : read_items(options.synthetic);
  settle_labels(items, embedded, options.labels);
  check_options(options, items);
  check_places(options, items, provenance);
  const Selection selection = select(model, items, options);
  const std::vector<std::vector<std::size_t>> item_of_row = items_of_rows(embedded, items);
  std::vector<bool> kept = selection.removed;
  kept.flip();
  if (std::ranges::find(kept, true) == kept.end()) {
    refuse(options.report.string(), "leaves nothing: every image would be removed");
  }

  OutputFolder folder(options.out, options.overwrite);
  PurgeOutcome outcome = describe(model, items, selection);
  write_dataset(options, items, kept, model, provenance, embedded, item_of_row, folder.staging());
  outcome.no_diversity = no_embeddings;
  outcome.diversity = diversity(embedded, model, item_of_row, selection.removed, options.threads);
  embedded.clear();
  audit_again(options, provenance, model, items, selection, folder.staging(), outcome);
  write_removed(model, items, selection, folder.staging() / "removed.csv");
  write_text(purge_json(outcome, options), folder.staging() / "purge.json");
  folder.commit();
  return outcome;
}

}  // namespace semblance
