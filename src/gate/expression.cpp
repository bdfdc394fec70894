// Conditions as text.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

#include "gate/metrics.hpp"
#include "report/text.hpp"
#include "semblance/error.hpp"

namespace semblance {

using namespace gate_stage;
using Level = GateCondition::Level;
using Operator = GateCondition::Operator;

namespace {

// Letters that have to change, come or go.
std::size_t edit_distance(std::string_view x, std::string_view y) {
  std::vector<std::size_t> row(y.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < y.size(); ++j) {
      const std::size_t changed = diagonal + (x[i] == y[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string nearest_metric(std::string_view name) {
  return std::ranges::min_element(all_metrics(), {}, [&](const Metric& m) { return edit_distance(name, m.name); })
      ->name;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { condition_.expression = text; }

  GateCondition parse() {
    const Metric& metric = read_metric();
    for (skip_spaces(); at_ < text_.size() && (text_[at_] == '@' || text_[at_] == '['); skip_spaces()) {
      if (text_[at_] == '@') {
        read_level(metric);
      } else {
        read_matcher(metric);
      }
    }
    if (metric.level != Level::none && condition_.level == Level::none) {
      refuse(at_, metric.level == Level::fdr
                      ? fmt::format("'{0}' needs a false discovery rate in percent, as in {0}@fdr5", metric.name)
                      : fmt::format("'{0}' needs a false match rate, as in {0}@fmr1e-6", metric.name));
    }
    read_operator(metric);
    read_limit(metric);
    skip_spaces();
    if (at_ < text_.size()) {
      refuse(at_, "nothing may follow the number; give further conditions as further --fail-if: any that holds fails");
    }
    return std::move(condition_);
  }

 private:
  [[noreturn]] void refuse(std::size_t position, const std::string& why) const {
    throw Error(ErrorCode::usage, "gate", "--fail-if",
                fmt::format("'{}', position {}: {}", report_stage::visible_text(text_), position + 1, why));
  }

  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool take(std::string_view token) {
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  std::string_view word() {
    const std::size_t from = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_' || text_[at_] == '-')) {
      ++at_;
    }
    return text_.substr(from, at_ - from);
  }
  // A decimal number; none if there is none here. Not "inf" and "nan": no condition means them.
  std::optional<double> number() {
    std::size_t from = at_;
    if (from < text_.size() && text_[from] == '+') ++from;
    const std::size_t digit = from < text_.size() && text_[from] == '-' ? from + 1 : from;
    if (digit >= text_.size() || (text_[digit] != '.' && (text_[digit] < '0' || text_[digit] > '9'))) return {};
    double value = 0;
    const auto [end, error] = std::from_chars(text_.data() + from, text_.data() + text_.size(), value);
    if (error != std::errc()) return {};
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  // The number that ends at `at_` and began at `from`, as a percentage: 2.7% is the float64 nearest to 0.027, which
  // 2.7 / 100 is not.
  double hundredth(std::size_t from, double value) const {
    const std::string digits(text_.substr(from, at_ - from));
    if (digits.find_first_of("eE") != std::string::npos) return value / 100;
    const std::string shifted = digits.substr(digits.front() == '+' ? 1 : 0) + "e-2";
    std::from_chars(shifted.data(), shifted.data() + shifted.size(), value);
    return value;
  }

  const Metric& read_metric() {
    skip_spaces();
    const std::size_t from = at_;
    const std::string_view name = word();
    if (name.empty()) refuse(from, "a metric's name belongs here, as in leaked_identities@fdr5 > 0");
    const Metric* metric = find_metric(name);
    if (metric == nullptr) {
      refuse(from,
             fmt::format("there is no metric '{}'; did you mean {}? `semblance gate REPORT --list-metrics` shows all",
                         name, nearest_metric(name)));
    }
    condition_.metric = metric->name;
    return *metric;
  }

  void read_level(const Metric& metric) {
    const std::size_t from = at_++;
    const bool fdr = take("fdr");
    if (!fdr && !take("fmr")) refuse(from, "a level is @fdr and a percentage or @fmr and a rate: @fdr5, @fmr1e-6");
    const Level level = fdr ? Level::fdr : Level::fmr;
    if (condition_.level != Level::none) refuse(from, "a second level; give one condition for each");
    if (metric.level == Level::none) refuse(from, fmt::format("'{}' has no level; leave it out", metric.name));
    if (metric.level != level) {
      refuse(from, fmt::format(
                       "'{}' is counted at {}", metric.name,
                       metric.level == Level::fdr ? "a false discovery rate, @fdr5" : "a false match rate, @fmr1e-6"));
    }
    const std::size_t digits = at_;
    const auto value = number();
    if (!value) refuse(at_, fdr ? "a percentage belongs here, as in @fdr5" : "a rate belongs here, as in @fmr1e-6");
    const double share = fdr ? hundredth(digits, *value) : *value;
    if (fdr) take("%");
    if (!(share > 0 && share < 1)) {
      refuse(from, fdr ? "the percentage is not between 0 and 100" : "the rate is not between 0 and 1");
    }
    condition_.level = level;
    condition_.at = share;
  }

  void read_matcher(const Metric& metric) {
    const std::size_t from = at_++;
    skip_spaces();
    if (!take("matcher")) refuse(at_, "only a matcher can stand in brackets: [matcher=NAME]");
    skip_spaces();
    if (!take("=")) refuse(at_, "'=' and the matcher's name belong here: [matcher=NAME]");
    skip_spaces();
    if (condition_.matcher) refuse(from, "a second matcher; give one condition for each");
    if (metric.of_matcher == nullptr) {
      refuse(from, fmt::format("'{}' is of the whole report; leave the matcher out", metric.name));
    }
    condition_.matcher = take(R"(")") ? quoted_name() : plain_name();
    if (!take("]")) refuse(at_, "']' belongs here");
  }

  std::string quoted_name() {
    const std::size_t from = at_ - 1;
    std::string name;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      name += text_[at_];
    }
    if (!take(R"(")")) refuse(from, "this quote is never closed");
    skip_spaces();
    return name;
  }
  std::string plain_name() {
    const std::size_t from = at_;
    const std::size_t end = text_.find(']', at_);
    if (end == std::string_view::npos) refuse(from, "the matcher's name is never closed by ']'");
    at_ = end;
    std::string_view name = text_.substr(from, end - from);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (name.empty()) refuse(from, R"(a matcher's name belongs here; one that is empty or holds ']' in quotes: "a]b")");
    return std::string(name);
  }

  void read_operator(const Metric& metric) {
    constexpr std::array<Operator, 6> kByLength = {Operator::at_least, Operator::at_most, Operator::equal,
                                                   Operator::unequal,  Operator::greater, Operator::less};
    const std::size_t from = at_;
    for (const Operator op : kByLength) {
      if (!take(operator_text(op))) continue;
      if (metric.of_report != nullptr && condition_.metric == "verdict" && op != Operator::equal &&
          op != Operator::unequal) {
        refuse(from, "the verdict is a word; compare it with == or !=");
      }
      condition_.op = op;
      return;
    }
    refuse(from, "a comparison belongs here: one of > >= < <= == !=");
  }

  void read_limit(const Metric& metric) {
    skip_spaces();
    const std::size_t from = at_;
    if (std::string_view(metric.name) == "verdict") {
      const std::string_view given = word();
      if (given != "found" && given != "not-found" && given != "no-control") {
        refuse(from, "the verdict is found, not-found or no-control");
      }
      condition_.limit = std::string(given);
      return;
    }
    const auto value = number();
    if (!value) refuse(from, "a number belongs here, as in 0, 1e-4 or 5%");
    condition_.limit = text_.substr(at_).starts_with('%') ? hundredth(from, *value) : *value;
    take("%");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  GateCondition condition_;
};

}  // namespace

GateCondition parse_gate_condition(std::string_view expression) { return Parser(expression).parse(); }

void check_gate_levels(const std::vector<GateCondition>& conditions, const std::vector<double>& fdr,
                       const std::vector<double>& fmr) {
  for (const GateCondition& condition : conditions) {
    if (condition.level == Level::none) continue;
    const std::vector<double>& levels = condition.level == Level::fdr ? fdr : fmr;
    if (std::ranges::any_of(levels, [&](double level) { return same_level(level, condition.at); })) continue;
    std::vector<std::string> known;
    known.reserve(levels.size());
    for (const double level : levels) known.push_back(level_text(condition.level, level));
    const char* option = condition.level == Level::fdr ? "--fdr" : "--fmr";
    throw Error(
        ErrorCode::usage, "gate", "--fail-if",
        fmt::format("'{}': the audit was not asked for {}, so nothing can be said at it; use one of {}, or audit "
                    "with {}",
                    report_stage::visible_text(condition.expression), level_text(condition.level, condition.at),
                    known.empty() ? std::string("none") : fmt::format("{}", fmt::join(known, " ")), option));
  }
}

void check_gate_matchers(const std::vector<GateCondition>& conditions, const std::vector<std::string>& names) {
  for (const GateCondition& condition : conditions) {
    if (!condition.matcher || std::ranges::find(names, *condition.matcher) != names.end()) continue;
    std::vector<std::string> known;
    known.reserve(names.size());
    for (const std::string& name : names) known.push_back(fmt::format("'{}'", report_stage::visible_text(name)));
    throw Error(
        ErrorCode::usage, "gate", "--fail-if",
        fmt::format("'{}': the report has no matcher '{}'; it has {}", report_stage::visible_text(condition.expression),
                    report_stage::visible_text(*condition.matcher), fmt::join(known, ", ")));
  }
}

}  // namespace semblance
