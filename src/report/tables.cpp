// The CSVs beside report.json: every row of what the report sums up. Columns: docs/report.md.

#include <fmt/format.h>

#include <cmath>

#include "base/csv.hpp"
#include "base/output_folder.hpp"
#include "report/files.hpp"

namespace semblance::report_stage {

namespace {

/// One CSV file, record by record.
class Table {
 public:
  Table(const std::filesystem::path& file, std::string_view header) : out_(file) {
    out_.write(header);
    out_.write("\n");
  }

  template <class... Fields>
  void row(const Fields&... fields) {
    line_.clear();
    (add(fields), ...);
    line_.back() = '\n';
    out_.write(line_);
  }

  void close() { out_.close(); }

 private:
  void add(const std::string& text) { (line_ += csv_field(text)) += ','; }
  void add(double number) { (line_ += std::isfinite(number) ? csv_number(number) : std::string()) += ','; }
  void add(std::integral auto number) { (line_ += std::to_string(number)) += ','; }
  template <class T>
  void add(const std::optional<T>& maybe) {
    if (maybe) {
      add(*maybe);
    } else {
      line_ += ',';
    }
  }

  OutputFile out_;
  std::string line_;
};

}  // namespace

void write_pairs_csv(const ReportModel& model, const std::filesystem::path& file) {
  Table table(file, "matcher,rank,score,train,train_identity,synthetic,fmr,similarity,kind");
  for (const ReportModel::Matcher& matcher : model.matchers) {
    for (const ReportModel::Pair& pair : matcher.top) {
      table.row(matcher.name, pair.rank, pair.score, pair.train, pair.train_identity, pair.synthetic, pair.fmr,
                pair.similarity, pair.kind);
    }
  }
  table.close();
}

void write_control_pairs_csv(const ReportModel& model, const std::filesystem::path& file) {
  Table table(file, "matcher,rank,score,holdout,holdout_identity,synthetic,fmr,similarity,kind");
  for (const ReportModel::Matcher& matcher : model.matchers) {
    for (const ReportModel::HoldoutPair& pair : matcher.holdout_top) {
      table.row(matcher.name, pair.rank, pair.score, pair.holdout, pair.holdout_identity, pair.synthetic, pair.fmr,
                pair.similarity, pair.kind);
    }
  }
  table.close();
}

void write_control_people_csv(const ReportModel& model, const std::filesystem::path& file) {
  Table table(file, "matcher,identity,images,best,best_holdout,best_synthetic");
  for (const ReportModel::Matcher& matcher : model.matchers) {
    for (const ReportModel::HoldoutPerson& row : matcher.holdout_people) {
      table.row(matcher.name, row.id, row.images, row.best, row.best_holdout, row.best_synthetic);
    }
  }
  table.close();
}

void write_identities_csv(const ReportModel& model, const std::filesystem::path& file) {
  Table table(file, "matcher,identity,images,images_used,controls,best,best_train,best_synthetic,p,q,similarity,kind");
  for (const ReportModel::Matcher& matcher : model.matchers) {
    for (const ReportModel::IdentityRow& row : matcher.identities) {
      table.row(matcher.name, row.id, row.images, row.images_used, row.controls, row.best, row.best_train,
                row.best_synthetic, row.p, row.q, row.similarity, row.kind);
    }
  }
  table.close();
}

void write_images_csv(const ReportModel& model, const std::filesystem::path& file) {
  Table table(file,
              "matcher,synthetic,best_train_score,best_train,best_train_identity,best_holdout_score,best_holdout,"
              "listed_at_fdr");
  for (const ReportModel::Matcher& matcher : model.matchers) {
    for (const ReportModel::ImageRow& row : matcher.images) {
      table.row(matcher.name, row.id, row.best_train_score, row.best_train, row.best_train_identity,
                row.best_holdout_score, row.best_holdout, row.listed_at_fdr);
    }
  }
  table.close();
}

void write_removal_csv(const ReportModel& model, const std::filesystem::path& file) {
  Table table(file, "synthetic,reason,q,train,train_identity,score,matcher");
  for (const ReportModel::Removal& row : model.removal) {
    table.row(row.id, row.reason, row.q, row.train, row.train_identity, row.score, row.matcher);
  }
  table.close();
}

void write_gallery_csv(const ReportModel& model, const std::filesystem::path& file) {
  Table table(file, "identity,images,train,synthetic,similarity,kind,matcher,score,fmr,p,q");
  for (const ReportModel::Gallery::Person& person : model.gallery.people) {
    for (const ReportModel::Gallery::Look& look : person.looks) {
      for (std::size_t m = 0; m < look.sights.size(); ++m) {
        const ReportModel::Gallery::Sight& sight = look.sights[m];
        const ReportModel::Gallery::Standing& standing = person.standings[m];
        table.row(person.id, person.images, look.train, look.synthetic, look.similarity, look.kind,
                  model.matchers[m].name, sight.score, sight.fmr, standing.p, standing.q);
      }
    }
  }
  table.close();
}

void write_histograms_csv(const ReportModel& model, const std::filesystem::path& file) {
  Table table(file, "matcher,curve,from,to,pairs");
  for (const ReportModel::Matcher& matcher : model.matchers) {
    for (const ReportModel::Curve& curve : matcher.curves) {
      const auto bins = static_cast<double>(curve.counts.size());
      const auto edge = [&](std::size_t k) {
        return curve.low + (curve.high - curve.low) * static_cast<double>(k) / bins;
      };
      for (std::size_t k = 0; k < curve.counts.size(); ++k) {
        table.row(matcher.name, curve.name, edge(k), edge(k + 1), curve.counts[k]);
      }
    }
  }
  table.close();
}

}  // namespace semblance::report_stage
