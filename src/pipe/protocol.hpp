#pragma once
// What is said to a matcher's process, and what it may answer.

#include <chrono>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pipe/child.hpp"

namespace semblance::pipe_stage {

/// Of the card: name, and its table [process].
struct ProcessCard {
  std::filesystem::path file;
  std::string name, sha256;
  std::vector<std::string> command;
  std::chrono::duration<double> timeout{60};
  std::size_t batch = 256;  ///< pairs
};
ProcessCard read_process_card(const std::filesystem::path& file);

/// Why a pair has no score.
struct PairFault {
  enum class Whose { pair, first, second };
  std::size_t pair = 0;  ///< in the batch
  Whose whose = Whose::pair;
  std::string why;
};

struct BatchAnswer {
  std::vector<double> scores;  ///< NaN where there is none
  std::vector<PairFault> faults;
};

class MatcherProcess {
 public:
  /// Starts it and shakes hands. Throws as Child, and Error{input} if it isn't the card's or speaks another protocol.
  MatcherProcess(ProcessCard card, const std::filesystem::path& errors, std::function<bool()> keep_on);

  [[nodiscard]] const ProcessCard& card() const { return card_; }
  [[nodiscard]] const std::string& version() const { return version_; }
  [[nodiscard]] bool distances() const { return distances_; }

  using Pair = std::pair<std::string, std::string>;  ///< two files, absolute
  BatchAnswer score(std::span<const Pair> pairs);
  /// Ends its input, and it.
  void finish() { child_.finish(std::chrono::seconds(5)); }

 private:
  [[nodiscard]] BatchAnswer read_answer(const std::string& line, std::size_t pairs) const;

  ProcessCard card_;
  std::function<bool()> keep_on_;
  Child child_;
  std::string version_;
  bool distances_ = false;
  std::size_t batches_ = 0;
};

}  // namespace semblance::pipe_stage
