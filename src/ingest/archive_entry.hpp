#pragma once
// What in an archive is a picture, and how it is called.

#include <clocale>
#include <optional>
#include <string>

struct archive_entry;

namespace semblance::ingest_stage {

/// Makes this thread's text UTF-8 as long as it lives: in the plain C locale libarchive can neither give nor mark names
/// in UTF-8.
class Utf8Names {
 public:
  Utf8Names();
  ~Utf8Names();
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  ::locale_t utf8_;
  ::locale_t before_ = nullptr;
};

/// Does the entry only name another one?
bool is_link(::archive_entry* entry);

/// The id of the picture that the entry holds or links to, as open_archive gives it; none where it holds none. The
/// entry was read under Utf8Names.
std::optional<std::string> picture_of_entry(::archive_entry* entry);

}  // namespace semblance::ingest_stage
