// Any bytes as the key of a pack: refused, or two reviewers' answers to it can be evaluated.

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>

#include "review/key.hpp"
#include "scratch_file.hpp"
#include "semblance/error.hpp"
#include "semblance/review.hpp"

namespace {

// Answers to every pair; `step` apart for two reviewers who don't always agree.
void answer(const semblance::fuzz::ScratchFile& file, const std::string& reviewer,
            const semblance::review_stage::KeyFile& key, std::size_t step) {
  static constexpr const char* kAnswers[] = {"same", "different", "cant-tell"};
  std::string text =
      fmt::format(R"({{"schema":"semblance-answers/1","pack":"{}","reviewer":"{}","answers":[)", key.sha256, reviewer);
  for (std::size_t i = 0; i < key.key.pairs.size(); ++i) {
    text += fmt::format(R"({}{{"pair":{},"answer":"{}"}})", i > 0 ? "," : "", i + 1, kAnswers[i * step % 3]);
  }
  text += "]}";
  file.write(text.data(), text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const semblance::fuzz::ScratchFile file("key.json");
  static const semblance::fuzz::ScratchFile first("first.json");
  static const semblance::fuzz::ScratchFile second("second.json");
  file.write(data, size);
  try {
    const auto key = semblance::review_stage::read_key(file.path());
    answer(first, "a", key, 1);
    answer(second, "b", key, 2);
    const auto result = semblance::evaluate_review(file.path().parent_path(), {first.path(), second.path()});
    if (result.readers.size() != 2 || !result.joint || semblance::review_json(result).empty()) std::abort();
  } catch (const semblance::Error& error) {
    if (error.code() != semblance::ErrorCode::input || error.message().empty()) std::abort();
  }
  return 0;
}
