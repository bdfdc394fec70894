#include "cli/cache.hpp"

#include <cstdlib>

#include "semblance/error.hpp"
#include "semblance/models.hpp"

namespace semblance::cli {

namespace fs = std::filesystem;

fs::path cache_folder() {
  const auto environment = [](const char* name) -> fs::path {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (fs::path told = environment("SEMBLANCE_CACHE"); !told.empty()) return fs::absolute(told);
  // A relative path there is to be ignored, says the specification of these folders.
  if (const fs::path caches = environment("XDG_CACHE_HOME"); caches.is_absolute()) return caches / "semblance";
  if (const fs::path home = environment("HOME"); home.is_absolute()) return home / ".cache" / "semblance";
  throw Error(ErrorCode::usage, "cli", "SEMBLANCE_CACHE",
              "is not set, and there is no home folder; set it to a folder for models");
}

std::string card_path(const std::string& given) { return find_card(given, cache_folder()).string(); }

}  // namespace semblance::cli
