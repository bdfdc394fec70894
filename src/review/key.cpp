#include "review/key.hpp"

#include <nlohmann/json.hpp>

#include "base/plain_file.hpp"
#include "base/sha256.hpp"
#include "semblance/error.hpp"
#include "semblance/version.hpp"

namespace semblance::review_stage {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kKeySchema = "semblance-review-key/1";
constexpr std::uint64_t kLargestKey = 64ULL << 20U;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw Error(ErrorCode::input, "review", file.string(), why);
}

Json to_json(const ReviewPair& pair, std::size_t number) {
  return {{"pair", number},        {"kind", pair.control ? "control" : "candidate"},
          {"listed", pair.listed}, {"person", pair.person},
          {"real", pair.real},     {"synthetic", pair.synthetic},
          {"score", pair.score},   {"real_side", pair.real_left ? "left" : "right"}};
}

// get() alone would make something of -1, true and 1e300.
std::uint64_t count_from(const Json& json, const std::filesystem::path& file) {
  if (!json.is_number_unsigned()) refuse(file, "is damaged: no whole number stands where a count belongs");
  return json.get<std::uint64_t>();
}

ReviewPair pair_from(const Json& json) {
  return {.control = json.at("kind").get<std::string>() == "control",
          .listed = json.at("listed").get<bool>(),
          .person = json.at("person").get<std::string>(),
          .real = json.at("real").get<std::string>(),
          .synthetic = json.at("synthetic").get<std::string>(),
          .score = json.at("score").get<double>(),
          .real_left = json.at("real_side").get<std::string>() == "left"};
}

}  // namespace

std::string key_text(const ReviewKey& key) {
  Json json = {{"schema", kKeySchema},
               {"version", kVersion},
               {"matcher", key.matcher},
               {"seed", key.seed},
               {"report_sha256", key.report_sha256},
               {"fdr", key.fdr ? Json(*key.fdr) : Json(nullptr)},
               {"listed", key.listed},
               {"above_controls", key.above_controls},
               {"passed_over", key.passed_over},
               {"passed_over_first", key.reasons},
               {"pairs", Json::array()}};
  for (std::size_t i = 0; i < key.pairs.size(); ++i) json["pairs"].push_back(to_json(key.pairs[i], i + 1));
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

KeyFile read_key(const std::filesystem::path& file) {
  std::vector<std::uint8_t> bytes;
  if (const std::string why = read_plain_file(file, kLargestKey, bytes); !why.empty()) {
    refuse(file, why + "; --pack is the folder that `semblance review` wrote, with its key.json");
  }
  KeyFile read;
  ReviewKey& key = read.key;
  try {
    const Json json = Json::parse(bytes);
    if (json.at("schema") != kKeySchema) refuse(file, "is no key of this version of `semblance review`");
    key.matcher = json.at("matcher").get<std::string>();
    key.seed = count_from(json.at("seed"), file);
    key.report_sha256 = json.at("report_sha256").get<std::string>();
    if (!json.at("fdr").is_null()) key.fdr = json.at("fdr").get<double>();
    key.listed = count_from(json.at("listed"), file);
    key.above_controls = count_from(json.at("above_controls"), file);
    key.passed_over = count_from(json.at("passed_over"), file);
    key.reasons = json.at("passed_over_first").get<std::vector<std::string>>();
    for (const Json& pair : json.at("pairs")) key.pairs.push_back(pair_from(pair));
  } catch (const Json::exception&) {
    refuse(file, "is damaged, or no key of `semblance review`");
  }
  if (key.pairs.empty()) refuse(file, "holds no pairs");
  read.sha256 = sha256_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return read;
}

std::string sha256_of(std::string_view text) {
  Sha256 hash;
  hash.update(text.data(), text.size());
  return hash.finish();
}

}  // namespace semblance::review_stage
