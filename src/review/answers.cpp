#include "review/answers.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/plain_file.hpp"
#include "semblance/error.hpp"

namespace semblance::review_stage {
namespace {

using SortedJson = nlohmann::json;  // which, unlike ordered_json, is destroyed without recursion

constexpr const char* kAnswersSchema = "semblance-answers/1";
constexpr std::uint64_t kLargestFile = 16ULL << 20U;
constexpr std::size_t kLongestName = 200;

class Reader {
 public:
  Reader(std::filesystem::path file, const std::string& pack, std::size_t pairs)
      : file_(std::move(file)), pack_(pack), pairs_(pairs) {}

  AnswersFile read() const {
    std::vector<std::uint8_t> bytes;
    if (const std::string why = read_plain_file(file_, kLargestFile, bytes); !why.empty()) refuse(why);
    const SortedJson json = SortedJson::parse(bytes, nullptr, false);
    if (json.is_discarded()) refuse("is no JSON or breaks off; export the answers from the page again");
    const SortedJson& schema = member(json, "schema");
    if (schema != kAnswersSchema) refuse("holds no answers that review.html exported");
    check_pack(text(json, "pack"));
    AnswersFile result;
    result.reviewer = text(json, "reviewer");
    if (result.reviewer.empty() || result.reviewer.size() > kLongestName) {
      refuse(fmt::format("the reviewer's name must have 1 to {} bytes", kLongestName));
    }
    result.answers.resize(pairs_);
    const SortedJson& answers = member(json, "answers");
    if (!answers.is_array()) refuse("'answers' is no list");
    for (const SortedJson& answer : answers) add(answer, result.answers);
    return result;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorCode::input, "review", file_.string(), why);
  }

  const SortedJson& member(const SortedJson& json, const char* name) const {
    if (!json.is_object() || !json.contains(name)) refuse(fmt::format("'{}' is missing", name));
    return json.at(name);
  }

  std::string text(const SortedJson& json, const char* name) const {
    const SortedJson& value = member(json, name);
    if (!value.is_string()) refuse(fmt::format("'{}' is no text", name));
    return value.get<std::string>();
  }

  void check_pack(const std::string& pack) const {
    if (pack == pack_) return;
    refuse(
        fmt::format("answers another pack ({:.12}..., not {:.12}...), or key.json was changed; give the pack whose "
                    "page they were exported from",
                    pack, pack_));
  }

  void add(const SortedJson& json, std::vector<std::optional<ReviewAnswer>>& answers) const {
    const SortedJson& number = member(json, "pair");
    if (!number.is_number_integer() || number < 1 || number > pairs_) {
      // Not what is nested, which may be deeper than the stack.
      refuse(fmt::format("pair {:.40} isn't in the pack, which has pairs 1 to {}",
                         number.is_structured() ? number.type_name() : number.dump(), pairs_));
    }
    const auto pair = number.get<std::size_t>();
    if (answers[pair - 1]) refuse(fmt::format("pair {} is answered twice", pair));
    const std::string given = text(json, "answer");
    for (const ReviewAnswer answer : {ReviewAnswer::same, ReviewAnswer::different, ReviewAnswer::cant_tell}) {
      if (given == answer_name(answer)) answers[pair - 1] = answer;
    }
    if (!answers[pair - 1]) {
      refuse(fmt::format("pair {}: '{:.40}' is no answer; answers are same, different, cant-tell", pair, given));
    }
  }

  std::filesystem::path file_;
  const std::string& pack_;
  std::size_t pairs_;
};

}  // namespace

AnswersFile read_answers(const std::filesystem::path& file, const std::string& pack, std::size_t pairs) {
  return Reader(file, pack, pairs).read();
}

const char* answer_name(ReviewAnswer answer) {
  constexpr std::array<const char*, 3> kNames = {"same", "different", "cant-tell"};
  return kNames[static_cast<std::size_t>(answer)];
}

}  // namespace semblance::review_stage
