#include "store/pick.hpp"

#include <algorithm>

#include "store/refuse.hpp"

namespace semblance::store_stage {
namespace {

constexpr std::size_t kListed = 12;

std::string list(const std::vector<Candidate>& candidates) {
  if (candidates.empty()) return "nothing";
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < std::min(candidates.size(), kListed); ++i) {
    texts.push_back(fmt::format("'{}' {}", candidates[i].name, candidates[i].shape));
  }
  if (candidates.size() > kListed) texts.push_back(fmt::format("and {} more", candidates.size() - kListed));
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

std::size_t pick(const std::vector<Candidate>& candidates, const std::string& wanted, const std::string& subject) {
  if (!wanted.empty()) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (candidates[i].name == wanted) return i;
    }
    refuse(subject, "has no array '{}'; it holds {}", wanted, list(candidates));
  }
  const auto eligible = [](const Candidate& candidate) { return candidate.eligible; };
  const auto first = std::find_if(candidates.begin(), candidates.end(), eligible);
  if (first == candidates.end()) {
    refuse(subject, "has no two-dimensional floating-point array; it holds {}", list(candidates));
  }
  const auto second = std::find_if(first + 1, candidates.end(), eligible);
  if (second != candidates.end()) {
    refuse(subject, "has several arrays that could be embeddings; pick one as {}:{}. It holds {}", subject, first->name,
           list(candidates));
  }
  return static_cast<std::size_t>(first - candidates.begin());
}

}  // namespace semblance::store_stage
