// Weights into the cache.

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <system_error>

#include "base/output_folder.hpp"
#include "base/sha256.hpp"
#include "models/catalogue.hpp"
#include "models/download.hpp"
#include "models/npm.hpp"
#include "models/unpack.hpp"
#include "semblance/convert.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

namespace fs = std::filesystem;
using namespace models_stage;

constexpr std::uint64_t kLargestWeights = std::uint64_t{4} << 30U;

bool is_file(const fs::path& file) {
  std::error_code failed;
  return !file.empty() && fs::is_regular_file(file, failed);
}

void make_folder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw Error(ErrorCode::output, "models", folder.string(), "can't be made: " + failed.message());
}

void copy_bytes(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::copy_file(from, to, failed);
  if (failed) throw Error(ErrorCode::output, "models", to.string(), "can't be written: " + failed.message());
}

CardText card_of(const std::string& given, const fs::path& cache) {
  if (is_file(given)) {
    CardText card = read_card_text(given);
    if (card.name().empty()) throw Error(ErrorCode::input, "models", given, "has no name to be installed under");
    if (const auto shipped = shipped_card(card.name()); shipped && shipped->text != card.text) {
      throw Error(
          ErrorCode::input, "models", given,
          fmt::format("is called '{}' as a card that comes with the program; give it another name", card.name()));
    }
    return card;
  }
  if (auto card = shipped_card(given)) return *card;
  if (auto card = cached_card(given, cache)) return *card;
  throw Error(ErrorCode::usage, "models", given,
              "is no card: neither a file (.toml, .json) nor a name that `semblance models list` shows");
}

class Installation {
 public:
  Installation(const CardText& card, const Origin& origin, const InstallOptions& options)
      : card_(card), origin_(origin), options_(options) {
    const fs::path file(origin_.file);
    if (file.is_absolute() || origin_.file.find("..") != std::string::npos) {
      refuse(fmt::format("names its weights '{}'; only a path below the card's folder can be installed", origin_.file));
    }
  }

  InstalledModel run() {
    const std::string name = card_.name();
    const fs::path folder = model_folder(options_.cache, name);
    InstalledModel result{.name = name,
                          .card = folder / card_.cached_name(),
                          .weights = folder / origin_.file,
                          .sha256 = {},
                          .checked = !origin_.sha256.empty() || !origin_.integrity.empty(),
                          .source = {},
                          .installs = {}};
    const Model there = describe(card_, options_.cache);
    result.installs = there.installs;
    const bool kept = is_file(result.weights) && broken_promise(result.weights, promise()).empty() &&
                      (there.weights != result.weights || verify_model(there).empty());
    if (there.state == ModelState::installed && there.weights == result.weights && kept && options_.from.empty()) {
      result.already = true;
      result.sha256 = sha256_file(result.weights);
      return result;
    }
    const bool renewed = kept && !promise().empty() && options_.from.empty();
    const Source source = renewed ? Source{.file = result.weights} : nearest(result);
    if (result.source.empty()) result.source = source.file.string();
    // Only now, so that a download that is killed leaves nothing among the models.
    OutputFolder staging(folder, true);
    const fs::path weights = staging.staging() / origin_.file;
    make_folder(weights.parent_path());
    if (source.archive) {
      take_out(source.file, weights);
    } else {
      copy_bytes(source.file, weights);
    }
    if (const std::string broken = broken_promise(weights, promise()); !broken.empty()) {
      throw Error(ErrorCode::input, "models", result.source, broken + "; nothing was installed");
    }
    result.sha256 = sha256_file(weights);
    write_text(staging.staging() / card_.cached_name(), card_.text);
    const nlohmann::ordered_json facts = {
        {"name", name}, {"weights", origin_.file}, {"sha256", result.sha256}, {"source", result.source}};
    write_text(staging.staging() / "model.json",
               facts.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    staging.commit();
    if (!downloaded_.empty() && origin_.convert.empty()) {
      std::error_code ignored;
      fs::remove(downloaded_, ignored);
    }
    return result;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorCode::input, "models", card_.file.string(), why);
  }

  struct Source {
    fs::path file;
    bool archive = false;
  };

  // Of the weights. A package's integrity is of the package.
  [[nodiscard]] Promise promise() const {
    return {.sha256 = origin_.sha256, .integrity = is_archive() ? "" : origin_.integrity};
  }
  [[nodiscard]] bool is_archive() const { return !origin_.member.empty() || !origin_.convert.empty(); }

  static void write_text(const fs::path& file, const std::string& text) {
    OutputFile out(file);
    out.write(text);
    out.close();
  }

  // Where the weights, or the archive that holds them, are nearest.
  Source nearest(InstalledModel& result) {
    const fs::path beside = card_.shipped ? fs::path() : card_.file.parent_path() / origin_.file;
    if (!options_.from.empty()) {
      if (!is_file(options_.from)) throw Error(ErrorCode::input, "models", options_.from.string(), "is no file");
      const bool are_weights = !origin_.sha256.empty() && broken_promise(options_.from, promise()).empty();
      if (!is_archive() || are_weights) return {.file = options_.from};
      if (const auto broken = broken_promise(options_.from, {.sha256 = {}, .integrity = origin_.integrity});
          !broken.empty()) {
        throw Error(ErrorCode::input, "models", options_.from.string(), broken + "; nothing was installed");
      }
      return {.file = options_.from, .archive = true};
    }
    if (is_file(beside) && beside != result.weights) return {.file = beside};
    make_folder(options_.cache / "downloads");
    fetch(result);
    return {.file = downloaded_, .archive = is_archive()};
  }

  void take_out(const fs::path& archive, const fs::path& to) {
    if (origin_.convert.empty()) return unpack_member(archive, origin_.member, to, kLargestWeights);
    convert_face_api(archive, origin_.network, to);
  }

  void fetch(InstalledModel& result) {
    if (!origin_.fetchable()) {
      refuse(
          fmt::format("doesn't say where its weights can be fetched (weights.url); get them from {} and give them with "
                      "--from FILE",
                      describe(card_, options_.cache).source));
    }
    if (origin_.sha256.empty() && origin_.integrity.empty()) {
      refuse("states no checksum (weights.sha256), without which nobody can tell whether what comes is the network");
    }
    DownloadOptions download_options{
        .promise = {.sha256 = is_archive() ? "" : origin_.sha256, .integrity = origin_.integrity},
        .limit = kLargestWeights,
        .ca_file = options_.ca_file,
        .proxy = {},
        .progress = options_.progress};
    const std::string& address = origin_.url.empty() ? origin_.package : origin_.url;
    result.source = address;
    Sha256 hash;
    hash.update(address.data(), address.size());
    constexpr std::size_t kPrefix = 16;
    downloaded_ = options_.cache / "downloads" / hash.finish().substr(0, kPrefix);
    const bool there = is_file(downloaded_) && !download_options.promise.empty() &&
                       broken_promise(downloaded_, download_options.promise).empty();
    if (there) return;
    if (origin_.url.empty() && !options_.registry) refuse("needs an npm registry, and none was given");
    Download download;
    if (origin_.url.empty()) {
      const Registry registry = options_.registry(package_name(origin_.package));
      download_options.ca_file = registry.ca_file;
      download_options.proxy = registry.proxy;
      download = download_package(registry.address, origin_.package, downloaded_, download_options);
    } else {
      download = models_stage::download(origin_.url, downloaded_, download_options);
    }
    if (download.absent) {
      throw Error(ErrorCode::input, "models", origin_.url,
                  "isn't there (404); if its publisher moved it, get it by hand and give it with --from FILE");
    }
    result.bytes = download.bytes;
    result.resumed = download.resumed;
  }

  const CardText& card_;
  const Origin& origin_;
  const InstallOptions& options_;
  fs::path downloaded_;
};

}  // namespace

InstalledModel install_model(const std::string& given, const InstallOptions& options) {
  const CardText card = card_of(given, options.cache);
  const Origin origin = read_origin(card.file, card.fields);
  if (origin.file.empty()) {
    throw Error(ErrorCode::input, "models", card.file.string(), "names no weights; there is nothing to install");
  }
  return Installation(card, origin, options).run();
}

}  // namespace semblance
