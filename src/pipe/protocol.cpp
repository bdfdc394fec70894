#include "pipe/protocol.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/sha256.hpp"
#include "infer/card_tables.hpp"
#include "semblance/error.hpp"
#include "semblance/pipe.hpp"
#include "store/card_fields.hpp"
#include "store/matcher_card.hpp"

namespace semblance {

using Json = nlohmann::json;

bool is_process_card(const std::filesystem::path& card) {
  return store_stage::read_card_fields(card).contains("process");
}

namespace pipe_stage {
namespace {

constexpr const char* kProtocol = "semblance-pairs/1";
constexpr double kLongestTimeout = 86400;
constexpr double kMostPairs = 4096;

// Enough of a line to know it again.
std::string quoted(const std::string& line) {
  constexpr std::size_t kMost = 80;
  return "'" + line.substr(0, kMost) + (line.size() > kMost ? "...'" : "'");
}

std::string text_of(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace

ProcessCard read_process_card(const std::filesystem::path& file) {
  const Json all = store_stage::read_card_fields(file);
  const infer_stage::CardTable process(file, all, "process");
  ProcessCard card{.file = file, .name = read_matcher_card(file).name, .sha256 = sha256_file(file), .command = {}};
  if (card.name.empty()) store_stage::refuse_card(file, "has no name");
  const auto command = all["process"].find("command");
  if (command == all["process"].end() || !command->is_array() || command->empty()) {
    process.refuse("command", "is no list of texts: a program and its arguments");
  }
  for (const Json& word : *command) {
    if (!word.is_string()) process.refuse("command", "is no list of texts: a program and its arguments");
    card.command.push_back(word.get<std::string>());
  }
  if (card.command.front().empty()) process.refuse("command", "begins with an empty text");
  card.timeout = std::chrono::duration<double>(process.number("timeout", card.timeout.count(), 0.1, kLongestTimeout));
  card.batch = static_cast<std::size_t>(process.number("batch", static_cast<double>(card.batch), 1, kMostPairs));
  return card;
}

MatcherProcess::MatcherProcess(ProcessCard card, const std::filesystem::path& errors, std::function<bool()> keep_on)
    : card_(std::move(card)), keep_on_(std::move(keep_on)), child_(card_.command, card_.file.parent_path(), errors) {
  const std::string line = child_.ask(Json({{"protocol", kProtocol}}).dump(), card_.timeout, keep_on_);
  const Json hello = Json::parse(line, nullptr, false);
  if (!hello.is_object()) child_.refuse("greets with " + quoted(line) + ", which is no JSON object");
  if (text_of(hello, "protocol") != kProtocol) {
    child_.refuse(
        fmt::format("greets with the protocol '{}'; {} is spoken here", text_of(hello, "protocol"), kProtocol));
  }
  if (text_of(hello, "name") != card_.name) {
    child_.refuse(fmt::format("calls itself '{}', its card '{}'", text_of(hello, "name"), card_.name));
  }
  const std::string compares = text_of(hello, "compares");
  if (compares != "similarity" && compares != "distance") {
    child_.refuse(fmt::format("says that it compares by '{}'; similarity and distance are known", compares));
  }
  distances_ = compares == "distance";
  version_ = text_of(hello, "version");
}

BatchAnswer MatcherProcess::score(std::span<const Pair> pairs) {
  Json list = Json::array();
  for (const auto& [first, second] : pairs) list.push_back({first, second});
  const Json question = {{"batch", batches_}, {"pairs", std::move(list)}};
  const std::string line =
      child_.ask(question.dump(-1, ' ', false, Json::error_handler_t::replace), card_.timeout, keep_on_);
  BatchAnswer answer = read_answer(line, pairs.size());
  ++batches_;
  return answer;
}

BatchAnswer MatcherProcess::read_answer(const std::string& line, std::size_t pairs) const {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) child_.refuse("answers with " + quoted(line) + ", which is no JSON object");
  const auto batch = json.find("batch");
  if (batch == json.end() || !batch->is_number_unsigned() || batch->get<std::uint64_t>() != batches_) {
    child_.refuse(fmt::format("was asked for batch {} and answers with {}", batches_, quoted(line)));
  }
  const auto scores = json.find("scores");
  if (scores == json.end() || !scores->is_array() || scores->size() != pairs) {
    child_.refuse(
        fmt::format("was asked for {} scores in batch {} and answers with {}", pairs, batches_, quoted(line)));
  }
  BatchAnswer answer;
  for (const Json& score : *scores) {
    const bool number = score.is_number() && std::isfinite(score.get<double>());
    if (!number && !score.is_null()) {
      child_.refuse(fmt::format("gives the score {} in batch {}; a number or null is one", score.dump(), batches_));
    }
    answer.scores.push_back(number ? score.get<double>() : std::numeric_limits<double>::quiet_NaN());
  }
  if (!json.contains("errors")) return answer;
  for (const Json& error : json["errors"]) {
    const auto pair = error.is_object() ? error.find("pair") : error.end();
    const bool known = error.is_object() && pair != error.end() && pair->is_number_unsigned() &&
                       pair->get<std::uint64_t>() < pairs && std::isnan(answer.scores[pair->get<std::size_t>()]);
    if (!known) {
      child_.refuse(fmt::format("names the error {} in batch {}, which is of no pair without a score",
                                quoted(error.dump(-1, ' ', false, Json::error_handler_t::replace)), batches_));
    }
    const std::string image = text_of(error, "image");
    const auto whose = image == "first"    ? PairFault::Whose::first
                       : image == "second" ? PairFault::Whose::second
                                           : PairFault::Whose::pair;
    const std::string why = text_of(error, "why");
    answer.faults.push_back(
        {.pair = pair->get<std::size_t>(), .whose = whose, .why = why.empty() ? "no reason given" : why});
  }
  return answer;
}

}  // namespace pipe_stage
}  // namespace semblance
