#pragma once
// Thumbnails of the pictures that a pack shows, each made once.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "semblance/ingest.hpp"
#include "semblance/review.hpp"

namespace semblance::review_stage {

class Gallery {
 public:
  /// `option` is what errors call the set, e.g. "--train-images". Throws Error{input}: nothing there.
  Gallery(std::string option, const ReviewPictures& pictures, const ReviewPackOptions& options);

  struct Wanted {
    std::string id, identity;  ///< identity may be empty
  };
  /// Throws Error{input} where none of these is there.
  void check_any(const std::vector<Wanted>& wanted) const;
  /// Makes the thumbnails that it hasn't tried yet. A picture that is missing or broken has none, and a reason.
  void load(const std::vector<Wanted>& wanted);
  /// Of a loaded picture; null where it has none.
  [[nodiscard]] const std::vector<std::uint8_t>* find(const std::string& id) const;
  [[nodiscard]] const std::string& reason(const std::string& id) const;

 private:
  struct Thumbnail {
    std::vector<std::uint8_t> jpeg;
    std::string reason;
  };
  struct Named {
    std::string identity, path;
  };
  [[nodiscard]] WantedPicture named(const Wanted& one) const;
  [[nodiscard]] Progress progress() const;

  std::string option_;
  std::filesystem::path location_;
  const ReviewPackOptions& options_;
  std::map<std::string, Named> items_;
  std::map<std::string, Thumbnail> thumbnails_;
};

}  // namespace semblance::review_stage
