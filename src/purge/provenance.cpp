#include "purge/provenance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "base/sha256.hpp"
#include "purge/items.hpp"
#include "score/sets.hpp"
#include "store/location.hpp"
#include "store/matcher_card.hpp"
#include "store/store_writer.hpp"

namespace semblance::purge_stage {
namespace {

namespace fs = std::filesystem;

const std::string* find_option(const ReportModel& model, std::string_view name) {
  const auto at =
      std::ranges::find(model.options, name, [](const auto& option) { return std::string_view(option.first); });
  return at == model.options.end() ? nullptr : &at->second;
}

class Reader {
 public:
  Reader(const ReportModel& model, const fs::path& stores) : model_(model), stores_(stores) {}

  Provenance read() {
    const auto is_table = [](const ReportModel::Input& input) { return input.role.ends_with("-scores"); };
    if (std::ranges::any_of(model_.inputs, is_table)) {
      gone("it was of imported scores; audit what is left with its scores", true);
    }
    for (const ReportModel::Input& input : model_.inputs) take(input);
    if (found_.audit.matchers.size() != model_.matchers.size()) {
      gone("its provenance doesn't name the inputs of every matcher", true);
    }
    for (std::size_t k = 0; k < std::min(found_.audit.matchers.size(), model_.matchers.size()); ++k) {
      // Without a name the audit called it so itself.
      const std::string& name = model_.matchers[k].name;
      if (name != "embeddings") found_.audit.matchers[k].name = name;
    }
    take_options();
    return std::move(found_);
  }

 private:
  void gone(const std::string& why, bool synthetic) {
    if (found_.audit_gone.empty()) found_.audit_gone = why;
    if (synthetic && found_.synthetic_gone.empty()) found_.synthetic_gone = why;
  }

  void check(const fs::path& file, const ReportModel::Input& input, bool synthetic) {
    std::error_code failed;
    if (!fs::is_regular_file(file, failed)) {
      gone(fmt::format("'{}' isn't there", file.string()), synthetic);
      return;
    }
    found_.inputs.push_back(file);
    const std::string now = sha256_file(file);
    if (now == input.sha256) return;
    const std::string why = fmt::format("'{}' has changed since the audit: its sha256 is {}..., the report says {}...",
                                        file.string(), now.substr(0, 12), input.sha256.substr(0, 12));
    if (found_.audit_changed.empty()) found_.audit_changed = why;
    if (synthetic && found_.synthetic_changed.empty()) found_.synthetic_changed = why;
  }

  EmbeddingSource embeddings(const ReportModel::Input& input, bool synthetic) {
    EmbeddingSource source{.location = input.path, .items = {}, .name = input.path};
    if (!stores_.empty()) {
      const std::size_t matcher = found_.audit.matchers.size() - 1;
      const std::string name = matcher < model_.matchers.size() ? model_.matchers[matcher].name : std::string();
      source.location = (stores_ / matcher_folder(name) / input.role).string();
    }
    std::error_code failed;
    if (fs::is_directory(source.location, failed)) {
      found_.inputs.emplace_back(source.location);
      const fs::path file = fs::path(source.location) / store_stage::kEmbeddingsFile;
      if (fs::exists(file, failed)) {
        check(file, input, synthetic);
      } else {
        gone(fmt::format("'{}' holds no embeddings; those of an audit from pictures are there only if it was given "
                         "--stores, for purge to be given the same",
                         source.location),
             synthetic);
      }
      return source;
    }
    try {
      check(store_stage::locate(source.location).path, input, synthetic);
    } catch (const Error&) {
      gone(fmt::format("'{}' isn't there", source.location), synthetic);
    }
    return source;
  }

  void take(const ReportModel::Input& input) {
    auto& matchers = found_.audit.matchers;
    if (input.role == "train") matchers.emplace_back();
    if (matchers.empty()) return;
    MatcherInput& matcher = matchers.back();
    const bool synthetic = input.role.starts_with("synthetic");
    if (input.role == "train") {
      matcher.train = embeddings(input, false);
    } else if (input.role == "synthetic") {
      matcher.synthetic = embeddings(input, true);
    } else if (input.role == "holdout") {
      matcher.holdout = embeddings(input, false);
    } else if (input.role == "cohort") {
      matcher.cohort = embeddings(input, false);
    } else {
      check(input.path, input, synthetic);
      if (input.role == "train-items") matcher.train.items = input.path;
      if (input.role == "synthetic-items") matcher.synthetic.items = input.path;
      if (input.role == "holdout-items" && matcher.holdout) matcher.holdout->items = input.path;
      if (input.role == "cohort-items" && matcher.cohort) matcher.cohort->items = input.path;
      if (input.role == "card") matcher.card = input.path;
      if (input.role == "calibration") matcher.calibration = input.path;
    }
  }

  const std::string& option(const char* name) {
    static const std::string none;
    const std::string* text = find_option(model_, name);
    if (text == nullptr) gone(fmt::format("its provenance has no option '{}'", name), false);
    return text == nullptr ? none : *text;
  }

  template <class Integer>
  void whole_number(const char* name, Integer& into) {
    const std::string& text = option(name);
    const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), into);
    if (failed == std::errc() && stop == text.data() + text.size()) return;
    gone(fmt::format("its option '{}' is '{}', no number", name, text), false);
  }

  template <class Value>
  void one_of(const char* name, std::initializer_list<Value> values, const auto& text_of, Value& into) {
    const std::string& text = option(name);
    for (const Value value : values) {
      if (text_of(value) != text) continue;
      into = value;
      return;
    }
    gone(fmt::format("its option '{}' is '{}', which this version doesn't know", name, text), false);
  }

  void take_options() {
    AuditOptions& audit = found_.audit;
    const auto comparison = [](Comparison value) { return comparison_text(value); };
    const auto norm = [](ScoreNorm value) { return std::string(score_norm_name(value)); };
    if (option("comparison") != kEachItsOwn) {
      one_of("comparison", {Comparison::cosine, Comparison::inner_product, Comparison::negative_squared_l2}, comparison,
             audit.comparison.emplace());
    }
    one_of("score-norm", {ScoreNorm::none, ScoreNorm::z, ScoreNorm::t, ScoreNorm::s}, norm, audit.score_norm);
    whole_number("top", audit.top);
    whole_number("permutations", audit.permutations);
    if (option("images-per-identity") != "all") whole_number("images-per-identity", audit.max_images_per_identity);
    audit.train_dataset = option("train-dataset");
    // The levels as numbers: the options have them rounded.
    audit.alpha = model_.verdict.alpha;
    audit.seed = model_.seed;
    if (model_.consensus) audit.agree = model_.consensus->at_least;
    if (model_.matchers.empty()) return;
    audit.fmr.clear();
    for (const auto& threshold : model_.matchers.front().thresholds) audit.fmr.push_back(threshold.fmr);
    if (!model_.matchers.front().identity_lists.empty()) audit.fdr.clear();
    for (const auto& list : model_.matchers.front().identity_lists) audit.fdr.push_back(list.q);
    take_pictures();
  }

  void take_pictures() {
    const std::string* train = find_option(model_, "train-images");
    const std::string* synthetic = find_option(model_, "synthetic-images");
    const std::string* holdout = find_option(model_, "holdout-images");
    if (train == nullptr || synthetic == nullptr) return;
    PictureFolders folders{.train = *train, .synthetic = *synthetic, .holdout = {}};
    if (holdout != nullptr) folders.holdout = *holdout;
    std::error_code failed;
    for (const std::string* location : {train, synthetic, holdout}) {
      if (location == nullptr) continue;
      if (!fs::exists(*location, failed)) {
        gone(fmt::format("'{}', whose pictures it looked at, isn't there{}", *location,
                         location->starts_with("card:")
                             ? ": it is a generator. Audit the cleaned set by `semblance audit` with its folder as "
                               "--synthetic"
                             : ""),
             false);
      } else {
        found_.inputs.emplace_back(*location);
      }
    }
    // Who left real faces out of the first report wants none in the second.
    found_.audit.redaction = Redaction::omit;
    if (find_option(model_, "redact") != nullptr) {
      one_of(
          "redact", {Redaction::blur, Redaction::none, Redaction::omit},
          [](Redaction value) { return std::string(redaction_name(value)); }, found_.audit.redaction);
    }
    found_.audit.pictures = std::move(folders);
  }

  const ReportModel& model_;
  const fs::path& stores_;
  Provenance found_;
};

}  // namespace

Provenance read_provenance(const ReportModel& model, const fs::path& stores) { return Reader(model, stores).read(); }

}  // namespace semblance::purge_stage
