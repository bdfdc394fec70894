// Some pictures of a dataset, by name.

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "base/parallel.hpp"
#include "base/plain_file.hpp"
#include "ingest/sources.hpp"
#include "semblance/picture.hpp"

namespace semblance {
namespace {

namespace fs = std::filesystem;
using Use = std::function<void(std::size_t, std::span<const std::uint8_t>, const std::string&)>;

bool is_plain_folder(const fs::path& location) {
  std::error_code failed;
  if (!fs::exists(location, failed)) ingest_stage::refuse(location, "isn't there");
  return fs::is_directory(location, failed) && !fs::exists(location / "data.mdb", failed);
}

std::optional<fs::path> find(const fs::path& folder, const WantedPicture& picture) {
  return find_picture(folder, {.id = picture.id, .identity = picture.identity, .path = picture.path});
}

// What `use` says of one picture; other errors than its own go through.
std::string tried(const Use& use, std::size_t i, std::span<const std::uint8_t> content, const std::string& name) {
  try {
    use(i, content, name);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::input) throw;
    return error.what();
  }
  return {};
}

class Reported {
 public:
  Reported(const Progress& progress, std::size_t total) : progress_(progress), total_(total) {}
  void one(bool may_stop) {
    const std::uint64_t now = ++done_;
    if (!may_stop || !progress_ || progress_(now, total_)) return;
    throw Error(ErrorCode::interrupted, "ingest", "", "stopped while reading pictures");
  }

 private:
  const Progress& progress_;
  std::uint64_t total_;
  std::atomic<std::uint64_t> done_{0};
};

std::vector<std::string> from_folder(const fs::path& folder, const std::vector<WantedPicture>& wanted, unsigned threads,
                                     Reported& reported, const Use& use) {
  std::vector<std::string> reasons(wanted.size());
  parallel_for(wanted.size(), threads, [&](std::size_t i, unsigned worker) {
    if (const auto file = find(folder, wanted[i])) {
      std::vector<std::uint8_t> content;
      const std::string why = read_plain_file(*file, PictureLimits{}.bytes, content);
      reasons[i] = why.empty() ? tried(use, i, content, file->string()) : file->string() + ": " + why;
    } else {
      reasons[i] = wanted[i].id + ": no picture of it in " + folder.string();
    }
    reported.one(worker == 0);
  });
  return reasons;
}

std::vector<std::string> from_dataset(const fs::path& location, const std::vector<WantedPicture>& wanted,
                                      Reported& reported, const Use& use) {
  std::vector<std::string> reasons(wanted.size());
  std::unordered_multimap<std::string_view, std::size_t> left;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    left.emplace(wanted[i].id, i);
    reasons[i] = wanted[i].id + ": no picture of it in " + location.string();
  }
  const auto dataset = open_dataset(location, {.labels = FolderLabels::none});
  DatasetItem item;
  while (!left.empty() && dataset->next(item)) {
    const auto [first, last] = left.equal_range(item.id);
    for (auto at = first; at != last; ++at) {
      const std::size_t i = at->second;
      reasons[i] = item.rejection.empty() ? tried(use, i, item.bytes, item.id) : item.id + ": " + item.rejection;
      reported.one(true);
    }
    left.erase(first, last);
  }
  return reasons;
}

std::vector<std::string> from_generator(const fs::path& card, const GeneratorOptions& generator,
                                        const std::vector<WantedPicture>& wanted, unsigned threads, Reported& reported,
                                        const Use& use) {
  std::vector<std::string> reasons(wanted.size());
  std::map<std::uint32_t, std::vector<std::size_t>> places;
  std::vector<std::uint32_t> seeds;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (const auto seed = named_seed(wanted[i].id)) {
      places[*seed].push_back(i);
    } else {
      reasons[i] = wanted[i].id + ": names no seed of " + card.string();
    }
  }
  for (const auto& [seed, place] : places) seeds.push_back(seed);
  const auto caller = std::this_thread::get_id();
  ingest_stage::make_wanted(card, generator, seeds, threads,
                            [&](std::uint32_t seed, std::span<const std::uint8_t> picture, const std::string& why) {
                              for (const std::size_t i : places.at(seed)) {
                                reasons[i] =
                                    why.empty() ? tried(use, i, picture, wanted[i].id) : wanted[i].id + ": " + why;
                                reported.one(std::this_thread::get_id() == caller);
                              }
                            });
  return reasons;
}

}  // namespace

std::vector<std::string> take_pictures(const fs::path& location, const std::vector<WantedPicture>& wanted,
                                       unsigned threads, const Progress& progress, const Use& use,
                                       const DatasetOptions& options) {
  Reported reported(progress, wanted.size());
  if (const auto card = generator_of(location)) {
    return from_generator(*card, options.generator, wanted, threads, reported, use);
  }
  return is_plain_folder(location) ? from_folder(location, wanted, threads, reported, use)
                                   : from_dataset(location, wanted, reported, use);
}

bool holds_any_picture(const fs::path& location, const std::vector<WantedPicture>& wanted) {
  if (generator_of(location)) {
    return std::any_of(wanted.begin(), wanted.end(), [](const auto& one) { return named_seed(one.id).has_value(); });
  }
  if (is_plain_folder(location)) {
    return std::any_of(wanted.begin(), wanted.end(), [&](const auto& one) { return find(location, one).has_value(); });
  }
  std::unordered_set<std::string_view> ids;
  for (const WantedPicture& one : wanted) ids.insert(one.id);
  // By name alone: no picture needs to be read for that.
  const auto dataset = open_dataset(location, {.labels = FolderLabels::none, .item_bytes = 0});
  DatasetItem item;
  while (dataset->next(item)) {
    if (ids.contains(item.id)) return true;
  }
  return false;
}

}  // namespace semblance
