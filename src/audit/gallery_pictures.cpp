#include "audit/gallery_pictures.hpp"

#include <set>
#include <string_view>
#include <unordered_map>

#include "audit/album.hpp"
#include "semblance/picture.hpp"

namespace semblance::audit_stage {
namespace {

using Gallery = ReportModel::Gallery;

constexpr std::size_t kSide = 128;
constexpr int kQuality = 80;

/// The pictures of one set that the gallery shows, each once.
class Shelf {
 public:
  Shelf(const EmbeddingSet& set, const std::filesystem::path& folder, const GeneratorOptions& generator, bool blur)
      : set_(set), folder_(folder), dataset_{.labels = FolderLabels::none, .generator = generator}, blur_(blur) {
    for (RowIndex row = 0; row < set.matrix.rows; ++row) rows_.emplace(set.ids[row], row);
  }

  void want(const std::string& id) {
    const auto at = rows_.find(id);
    if (at != rows_.end() && places_.try_emplace(at->first, wanted_.size()).second) wanted_.push_back(at->second);
  }

  void read(unsigned threads, const Progress& progress) {
    pictures_.resize(wanted_.size());
    std::vector<WantedPicture> wanted;
    wanted.reserve(wanted_.size());
    for (const RowIndex row : wanted_) wanted.push_back(wanted_picture(set_, row));
    take_pictures(
        folder_, wanted, threads, progress,
        [&](std::size_t i, std::span<const std::uint8_t> content, const std::string& name) {
          pictures_[i] = make_thumbnail(content, name, {.side = kSide, .quality = kQuality, .blur = blur_});
        },
        dataset_);
  }

  /// Moves what was read to the gallery, in the order in which it was wanted.
  void hand_over(Gallery& gallery) {
    for (std::size_t i = 0; i < pictures_.size(); ++i) {
      places_.at(set_.ids[wanted_[i]]) = gallery.pictures.size();
      if (pictures_[i].empty()) {
        ++gallery.unreadable;
        broken_.emplace(set_.ids[wanted_[i]]);
        continue;
      }
      gallery.pictures.push_back(std::move(pictures_[i]));
    }
  }

  [[nodiscard]] std::optional<std::size_t> place(const std::string& id) const {
    const auto at = places_.find(id);
    if (at == places_.end() || broken_.contains(id)) return std::nullopt;
    return at->second;
  }

 private:
  const EmbeddingSet& set_;
  const std::filesystem::path& folder_;
  DatasetOptions dataset_;
  bool blur_;
  std::unordered_map<std::string_view, RowIndex> rows_;
  std::unordered_map<std::string_view, std::size_t> places_;
  std::set<std::string_view> broken_;
  std::vector<RowIndex> wanted_;
  std::vector<std::vector<std::uint8_t>> pictures_;
};

}  // namespace

void add_pictures(Gallery& gallery, const Sets& sets, const AuditOptions& options) {
  gallery.redaction = redaction_name(options.redaction);
  Shelf train(sets.train, options.pictures->train, {}, options.redaction == Redaction::blur);
  Shelf synthetic(sets.synthetic, options.pictures->synthetic, options.pictures->generator, false);
  for (const Gallery::Person& person : gallery.people) {
    for (const Gallery::Look& look : person.looks) {
      if (options.redaction != Redaction::omit) train.want(look.train);
      synthetic.want(look.synthetic);
    }
  }
  for (Shelf* shelf : {&train, &synthetic}) {
    shelf->read(options.threads, options.progress ? options.progress("making pictures small", "pictures") : Progress{});
    shelf->hand_over(gallery);
  }
  for (Gallery::Person& person : gallery.people) {
    for (Gallery::Look& look : person.looks) {
      look.train_picture = train.place(look.train);
      look.synthetic_picture = synthetic.place(look.synthetic);
    }
  }
}

}  // namespace semblance::audit_stage
