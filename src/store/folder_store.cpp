#include "store/folder_store.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "store/comparison_text.hpp"
#include "store/refuse.hpp"
#include "store/store_writer.hpp"

namespace semblance::store_stage {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 6> kImageExtensions{".jpg", ".jpeg", ".png", ".webp", ".bmp", ".pgm"};
constexpr std::size_t kEntriesLookedAt = 1000;

bool is_image(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return std::find(kImageExtensions.begin(), kImageExtensions.end(), extension) != kImageExtensions.end();
}

// Images in the folder or one level down, where datasets keep a folder a person; a glance, not a count.
bool seems_to_hold_images(const fs::path& folder) {
  std::error_code error;
  std::size_t looked_at = 0;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(folder, options, error), end; !error && at != end; at.increment(error)) {
    if (at.depth() >= 1) at.disable_recursion_pending();
    if (is_image(at->path())) return true;
    if (++looked_at == kEntriesLookedAt) break;
  }
  return false;
}

template <class Value>
Value field(const nlohmann::ordered_json& store, const char* name, const std::string& subject) {
  const auto at = store.find(name);
  if (at == store.end()) refuse(subject, "has no field \"{}\"", name);
  try {
    return at->get<Value>();
  } catch (const nlohmann::json::exception&) {
    refuse(subject, "its field \"{}\" has a value of another kind than expected", name);
  }
}

}  // namespace

StoreCard read_store_card(const fs::path& folder) {
  for (const char* name : {kStoreFile, kEmbeddingsFile}) {
    std::error_code error;
    if (fs::exists(folder / name, error)) continue;
    if (error) refuse(folder.string(), "cannot be read: {}", error.message());
    if (seems_to_hold_images(folder)) {
      refuse(folder.string(),
             "holds images, not embeddings; in an audit give --matcher a card or the name of one (`semblance models "
             "list`), elsewhere embed them first (`semblance embed`)");
    }
    refuse(folder.string(), "is not an embedding store: it has no {}; a store holds {}, {} and {}", name,
           kEmbeddingsFile, kItemsFile, kStoreFile);
  }
  const std::string subject = (folder / kStoreFile).string();
  std::ifstream in(folder / kStoreFile, std::ios::binary);
  if (!in) refuse(subject, "cannot be read");
  const auto store = nlohmann::ordered_json::parse(in, nullptr, false);
  if (!store.is_object()) refuse(subject, "is not whole JSON");
  const auto schema = field<std::string>(store, "schema", subject);
  if (schema != kStoreSchema) refuse(subject, "has the schema '{}'; this version reads '{}'", schema, kStoreSchema);
  const auto dtype = field<std::string>(store, "dtype", subject);
  if (dtype != "float32") refuse(subject, "has the dtype '{}'; stores are float32", dtype);
  std::optional<Comparison> comparison;
  if (store.contains("comparison")) {
    comparison = comparison_named(field<std::string>(store, "comparison", subject));
    if (!comparison) refuse(subject, "has a comparison that is none of cosine, inner-product and l2");
  }
  StoreCard card{.matcher = field<std::string>(store, "matcher", subject),
                 .rows = field<std::uint64_t>(store, "rows", subject),
                 .dim = field<std::uint64_t>(store, "dim", subject),
                 .sha256 = field<std::string>(store, "sha256", subject),
                 .comparison = comparison,
                 .rejected = store.contains("rejected") ? field<std::uint64_t>(store, "rejected", subject) : 0,
                 .made = {},
                 .contents = store.contains("contents") ? field<std::string>(store, "contents", subject) : ""};
  if (!store.contains("made")) return card;
  if (!store["made"].is_object()) refuse(subject, "its field \"made\" has a value of another kind than expected");
  for (const auto& [name, value] : store["made"].items()) {
    card.made.emplace_back(name, field<std::string>(store["made"], name.c_str(), subject));
  }
  return card;
}

}  // namespace semblance::store_stage
