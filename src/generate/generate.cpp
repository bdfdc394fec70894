// A folder of pictures by seed. Pictures are finished one by one in a folder beside the output, which becomes the
// output at the end.

#include "semblance/generate.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/csv.hpp"
#include "base/output_folder.hpp"
#include "base/parallel.hpp"
#include "base/sha256.hpp"
#include "base/whole_file.hpp"
#include "generate/self_test.hpp"
#include "semblance/error.hpp"
#include "semblance/version.hpp"

namespace semblance {
namespace {

namespace fs = std::filesystem;
using namespace generate_stage;

constexpr std::size_t kRejectionsTold = 10;

// The pictures that are finished so far.
class Workshop {
 public:
  Workshop(fs::path folder, const std::string& run) : folder_(std::move(folder)), pictures_(folder_ / "pictures") {
    const fs::path file = folder_ / "run.txt";
    std::ifstream in(file, std::ios::binary);
    const std::string before{std::istreambuf_iterator<char>(in), {}};
    if (before == run) return;
    if (!before.empty()) {
      throw Error(
          ErrorCode::input, "generate", folder_.string(),
          "holds the pictures of a run with another card, network, version or other options; delete it to begin "
          "anew");
    }
    std::error_code failed;
    fs::create_directories(pictures_, failed);
    if (failed) throw Error(ErrorCode::output, "generate", pictures_.string(), "can't be made: " + failed.message());
    write_whole_file(file, run);
  }

  [[nodiscard]] fs::path file_of(std::uint32_t seed) const { return pictures_ / seed_name(seed); }
  [[nodiscard]] bool has(std::uint32_t seed) const {
    std::error_code failed;
    return fs::is_regular_file(file_of(seed), failed);
  }

  [[nodiscard]] const fs::path& pictures() const { return pictures_; }

  /// The pictures become `target`, an empty folder.
  void move_to(const fs::path& target) {
    std::error_code failed;
    for (fs::directory_iterator at(pictures_, failed), end; !failed && at != end; at.increment(failed)) {
      if (at->path().filename().string().starts_with('.')) fs::remove(at->path());  // a write that was killed
    }
    if (!failed) fs::rename(pictures_, target, failed);
    if (failed) throw Error(ErrorCode::output, "generate", target.string(), "can't be written: " + failed.message());
    fs::remove_all(folder_, failed);
  }

 private:
  fs::path folder_, pictures_;
};

void write_manifest(const fs::path& folder, const GeneratorOptions& options,
                    const std::map<std::uint32_t, std::string>& rejections) {
  OutputFile out(folder / "images.csv");
  out.write("id,path,seed,truncation,class,status,rejection\n");
  const std::string label = options.label ? std::to_string(*options.label) : std::string();
  for (const std::uint32_t seed : options.seeds) {
    const auto rejected = rejections.find(seed);
    const std::string name = seed_name(seed);
    const bool is_rejected = rejected != rejections.end();
    out.write(fmt::format("{},{},{},{},{},{},{}\n", name, name, seed, csv_number(options.truncation), label,
                          is_rejected ? "rejected" : "ok", is_rejected ? csv_field(rejected->second) : ""));
  }
  out.close();
}

void write_record(const fs::path& folder, const Generator& generator, const GeneratorOptions& options,
                  const GenerateSummary& summary) {
  const GeneratorCard& card = generator.card();
  using Json = nlohmann::ordered_json;
  const Json record = {{"schema", "semblance-generator/1"},
                       {"generator", card.name},
                       {"card_sha256", card.sha256},
                       {"weights_sha256", sha256_file(card.weights)},
                       {"mapping_sha256", card.mapping ? Json(sha256_file(*card.mapping)) : Json()},
                       {"training_set", card.training_set},
                       {"licence", card.licence},
                       {"semblance", kVersion},
                       {"onnx_runtime", generator.runtime_version()},
                       {"device", device_name(options.runtime)},
                       {"seeds", ranges_of(options.seeds)},
                       {"truncation", options.truncation},
                       {"class", options.label ? Json(*options.label) : Json()},
                       {"batch", generator.batch()},
                       {"pictures", summary.pictures},
                       {"rejected", summary.rejected}};
  OutputFile out(folder / "generator.json");
  out.write(record.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  out.close();
}

}  // namespace

void check_generator_options(const fs::path& card, const GeneratorOptions& options) {
  check_wish(read_generator_card(card), {.truncation = options.truncation, .label = options.label});
}

GenerateSummary generate_pictures(const fs::path& card_file, const fs::path& out, const GenerateOptions& options) {
  const GeneratorOptions& asked = options.generator;
  if (asked.seeds.empty()) throw Error(ErrorCode::usage, "generate", "--seeds", "names no seed");
  OutputFolder folder(out, options.overwrite);
  const Generator generator(asked.runtime, read_generator_card(card_file));
  const Wish wish{.truncation = asked.truncation, .label = asked.label};
  generator.check(wish);
  static_cast<void>(self_test(generator));
  Workshop workshop(options.checkpoint,
                    description(generator, wish) + fmt::format("seeds {}\n", ranges_of(asked.seeds)));

  GenerateSummary summary{.generator = generator.card().name,
                          .runtime_version = generator.runtime_version(),
                          .engine = generator.engine(),
                          .first_rejections = {}};
  std::vector<std::uint32_t> missing;
  for (const std::uint32_t seed : asked.seeds) {
    if (!workshop.has(seed)) missing.push_back(seed);
  }
  summary.resumed = asked.seeds.size() - missing.size();
  const auto groups = groups_of(missing, generator.batch());
  std::mutex guard;
  std::map<std::uint32_t, std::string> rejections;
  std::size_t done = summary.resumed;
  parallel_for(groups.size(), thread_count(asked.threads), [&](std::size_t k, unsigned worker) {
    for (const Made& made : generator.make(groups[k], wish)) {
      if (made.why.empty()) {
        const std::vector<std::uint8_t> png = picture_stage::encode_png(made.picture);
        write_whole_file(workshop.file_of(made.seed), {reinterpret_cast<const char*>(png.data()), png.size()});
      }
      const std::scoped_lock lock(guard);
      if (!made.why.empty()) rejections.emplace(made.seed, made.why);
      ++done;
    }
    if (worker != 0 || !options.progress) return;
    const std::size_t so_far = [&] {
      const std::scoped_lock lock(guard);
      return done;
    }();
    if (!options.progress(so_far, asked.seeds.size())) {
      throw Error(ErrorCode::interrupted, "generate", "", "stopped; the same command goes on from here");
    }
  });

  summary.rejected = rejections.size();
  summary.pictures = asked.seeds.size() - summary.rejected;
  for (const auto& [seed, why] : rejections) {
    if (summary.first_rejections.size() < kRejectionsTold) summary.first_rejections.push_back({seed, why});
  }
  if (summary.pictures == 0) {
    throw Error(ErrorCode::input, "generate", generator.card().weights.string(),
                fmt::format("gives no picture for any of {} seeds (the first: {})", summary.rejected,
                            summary.first_rejections.front().why));
  }
  // Beside the pictures first: what fails here leaves them where the next run finds them.
  write_manifest(workshop.pictures(), asked, rejections);
  write_record(workshop.pictures(), generator, asked, summary);
  workshop.move_to(folder.staging());
  folder.commit();
  return summary;
}

}  // namespace semblance
