// From a location to a checked set.

#include <filesystem>
#include <future>
#include <optional>
#include <system_error>
#include <utility>

#include "base/sha256.hpp"
#include "semblance/store.hpp"
#include "store/folder_store.hpp"
#include "store/hdf5.hpp"
#include "store/items.hpp"
#include "store/label.hpp"
#include "store/location.hpp"
#include "store/mapped_file.hpp"
#include "store/npy.hpp"
#include "store/npz.hpp"
#include "store/python_text.hpp"
#include "store/refuse.hpp"
#include "store/safetensors.hpp"
#include "store/store_writer.hpp"
#include "store/text.hpp"
#include "store/validate.hpp"
#include "store/vecs.hpp"

namespace semblance {
namespace {

using namespace store_stage;
namespace fs = std::filesystem;

// From this size on, digesting beside the other passes is worth a thread.
constexpr std::size_t kBesidesBytes = std::size_t{1} << 20U;

RawArray read_array(const Location& at, const std::shared_ptr<const MappedFile>& file) {
  const std::string& extension = at.extension;
  if (extension == ".npy") return read_npy(file);
  if (extension == ".npz") return read_npz(file, at.selector);
  if (extension == ".fvecs") return read_fvecs(file);
  if (extension == ".fbin") return read_fbin(file, ElementType::f32);
  if (extension == ".f16bin") return read_fbin(file, ElementType::f16);
  if (extension == ".i8bin") return read_fbin(file, ElementType::i8);
  if (extension == ".f32") return read_raw(file, at.selector);
  if (extension == ".safetensors") return read_safetensors(file, at.selector);
  if (extension == ".h5" || extension == ".hdf5") return read_hdf5(at.path, at.selector);
  if (extension == ".csv") return read_csv_embeddings(at.path);
  if (extension == ".jsonl") return read_jsonl_embeddings(at.path);
  refuse(file->name(), "has the unknown extension '{}'; known are {}", extension, kKnownFormats);
}

// Formats that are refused whatever they hold, before anything is read.
void refuse_pickles(const Location& at) {
  if (at.extension == ".pkl" || at.extension == ".pickle") refuse_pickle(at.path.string());
  if (at.extension == ".pt" || at.extension == ".pth") refuse_torch(at.path.string());
}

void check_card(const StoreCard& card, const RawArray& array, const std::string& digest, const std::string& subject) {
  if (array.view.rows != card.rows || array.view.cols != card.dim) {
    refuse(subject, "holds {} rows of {} dimensions but {} says {} of {}", array.view.rows, array.view.cols, kStoreFile,
           card.rows, card.dim);
  }
  if (digest != card.sha256) {
    refuse(subject, "has changed since the store was written: its sha256 is {}..., {} says {}...", digest.substr(0, 12),
           kStoreFile, card.sha256.substr(0, 12));
  }
}

// Ids that both the embedding file and the items file give must be the same ones, in the same order.
void check_same_ids(const std::vector<std::string>& ours, const std::vector<std::string>& items,
                    const std::string& file, const std::string& items_file) {
  if (ours.empty() || items.empty()) return;
  for (std::size_t row = 0; row < ours.size(); ++row) {
    if (ours[row] == items[row]) continue;
    refuse(items_file, "gives row {} the id '{}' but {} gives it '{}'; are they of the same set, in the same order?",
           row, items[row], file, ours[row]);
  }
}

void apply_items(const fs::path& path, const std::string& file, RawArray& array, EmbeddingSet& set) {
  Items items = read_items(path);
  if (items.count != array.view.rows) {
    refuse(path.string(), "has {} items with an embedding but {} holds {} embeddings", items.count, file,
           array.view.rows);
  }
  check_same_ids(array.ids, items.ids, file, path.string());
  if (!items.ids.empty()) array.ids = std::move(items.ids);
  if (!items.identities.empty()) array.identities = std::move(items.identities);
  if (!items.paths.empty()) array.paths = std::move(items.paths);
  set.rejected = items.rejected;
  set.rejections = items.rejections;
  set.rejected_items = std::move(items.rejected_items);
  set.items_sha256 = sha256_file(path);
}

// Only directions are undefined for the zero vector.
bool without_directions(const StoreCard& card) { return card.comparison && *card.comparison != Comparison::cosine; }

}  // namespace

EmbeddingSet read_people(const fs::path& path, const std::string& name) {
  if (path.extension() != ".csv") {
    refuse(path.string(),
           "is no items file (.csv with a header: id, identity, path); scores were imported, so the set is "
           "who is on their rows or columns");
  }
  Items items = read_items(path);
  if (items.ids.empty()) refuse(path.string(), "names no ids; scores are found by them");
  EmbeddingSet set;
  set.location = name.empty() ? path.string() : name;
  set.sha256 = sha256_file(path);
  set.rejected = items.rejected;
  set.rejections = items.rejections;
  set.rejected_items = std::move(items.rejected_items);
  set.paths = std::move(items.paths);
  const auto zeros = std::make_shared<const std::vector<float>>(items.count);
  set.matrix = {zeros->data(), items.count, 1, 1};
  set.keep = zeros;
  label(set, std::move(items.ids), items.identities);
  return set;
}

std::optional<Comparison> stored_comparison(const std::string& location) {
  std::error_code unreadable;
  const fs::path folder = locate(location).path;
  if (!fs::is_directory(folder, unreadable)) return std::nullopt;
  return read_store_card(folder).comparison;
}

EmbeddingSet read_embeddings(const EmbeddingSource& source, const ReadOptions& options) {
  Location at = locate(source.location);
  std::optional<StoreCard> card;
  std::optional<fs::path> items = source.items;
  std::error_code unreadable;  // said by MappedFile::open, with its reason
  if (fs::is_directory(at.path, unreadable)) {
    card = read_store_card(at.path);
    if (!items) items = at.path / kItemsFile;
    at = {at.path / kEmbeddingsFile, ".npy", ""};
  }
  refuse_pickles(at);
  const std::shared_ptr<const MappedFile> file = MappedFile::open(at.path);
  const std::string subject = file->name();
  RawArray array = read_array(at, file);
  const std::launch when = file->bytes().size() < kBesidesBytes ? std::launch::deferred : std::launch::async;
  std::future<std::string> digest = std::async(when, [&file] { return file->sha256(); });

  EmbeddingSet set;
  set.location = source.name.empty() ? source.location : source.name;
  if (items) apply_items(*items, subject, array, set);
  const Faults faults = find_faults(array.view, options.allow_zero_rows || (card && without_directions(*card)));
  set.sha256 = digest.get();
  if (card) {
    check_card(*card, array, set.sha256, subject);
    set.matcher = card->matcher;
    set.comparison = card->comparison;
    set.made = card->made;
  }
  if (faults.bad_rows > 0) refuse_faults(faults, array, array.ids, subject);
  set.matrix = array.view;
  set.keep = std::move(array.keep);
  set.paths = std::move(array.paths);
  label(set, std::move(array.ids), array.identities);
  return set;
}

}  // namespace semblance
