// A dataset that a generator makes while it is read: no picture is kept.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/parallel.hpp"
#include "generate/self_test.hpp"
#include "ingest/sources.hpp"

namespace semblance::ingest_stage {
namespace {

using generate_stage::Generator;
using generate_stage::Made;
using generate_stage::Wish;

Wish wish_of(const GeneratorOptions& options) { return {.truncation = options.truncation, .label = options.label}; }

// Without options its pictures would be others than those that were looked at before.
[[noreturn]] void refuse_unasked(const std::filesystem::path& card) {
  refuse(
      card,
      "is a generator, which makes pictures where `audit --synthetic card:FILE --samples` asks for them; for anything "
      "else write them to a folder with `semblance generate`");
}

class Generated : public Dataset {
 public:
  Generated(const std::filesystem::path& card, const GeneratorOptions& options)
      : generator_(options.runtime, generate_stage::read_generator_card(card)),
        wish_(wish_of(options)),
        threads_(thread_count(options.threads)),
        seeds_(options.seeds.size()) {
    generator_.check(wish_);
    static_cast<void>(generate_stage::self_test(generator_));
    groups_ = generate_stage::groups_of(options.seeds, generator_.batch());
    facts_ = generate_stage::facts_of(generator_, wish_);
    facts_.emplace_back("seeds", ranges_of(options.seeds));
    key_ = generate_stage::description(generator_, wish_) + fmt::format("seeds {}\n", ranges_of(options.seeds));
    note_ = fmt::format("pictures made by {} (card SHA-256 {}), truncation {}{}, seeds {}", generator_.card().name,
                        generator_.card().sha256, wish_.truncation,
                        wish_.label ? fmt::format(", class {}", *wish_.label) : "", ranges_of(options.seeds));
  }

  bool next(DatasetItem& item) override {
    if (at_ == made_.size() && !make_more()) return false;
    const Made& made = made_[at_++];
    item.id = seed_name(made.seed);
    item.identity.clear();
    item.path.clear();
    item.rejection = made.why;
    item.bytes.clear();
    if (made.why.empty()) item.bytes = picture_stage::encode_pnm(made.picture);
    return true;
  }
  [[nodiscard]] std::optional<std::size_t> count() const override { return seeds_; }
  [[nodiscard]] std::string key() const override { return key_; }
  [[nodiscard]] Facts facts() const override { return facts_; }
  [[nodiscard]] std::string note() const override { return note_; }

 private:
  // A group a thread, in the order of seeds.
  bool make_more() {
    at_ = 0;
    made_.clear();
    const std::size_t count = std::min<std::size_t>(threads_, groups_.size() - next_group_);
    std::vector<std::vector<Made>> parts(count);
    parallel_for(count, threads_,
                 [&](std::size_t k, unsigned) { parts[k] = generator_.make(groups_[next_group_ + k], wish_); });
    next_group_ += count;
    for (auto& part : parts) std::ranges::move(part, std::back_inserter(made_));
    return !made_.empty();
  }

  Generator generator_;
  Wish wish_;
  unsigned threads_;
  std::size_t seeds_;
  std::vector<std::vector<std::uint32_t>> groups_;
  std::size_t next_group_ = 0;
  std::vector<Made> made_;
  std::size_t at_ = 0;
  Facts facts_;
  std::string key_, note_;
};

}  // namespace

std::unique_ptr<Dataset> open_generator(const std::filesystem::path& card, const DatasetOptions& options) {
  if (options.generator.seeds.empty()) refuse_unasked(card);
  return std::make_unique<Generated>(card, options.generator);
}

void make_wanted(const std::filesystem::path& card, const GeneratorOptions& options,
                 const std::vector<std::uint32_t>& seeds, unsigned threads,
                 const std::function<void(std::uint32_t, std::span<const std::uint8_t>, const std::string&)>& use) {
  if (options.seeds.empty()) refuse_unasked(card);
  const Generator generator(options.runtime, generate_stage::read_generator_card(card));
  const Wish wish = wish_of(options);
  generator.check(wish);
  const auto groups = generate_stage::groups_of(seeds, generator.batch());
  parallel_for(groups.size(), thread_count(threads), [&](std::size_t k, unsigned) {
    for (const Made& made : generator.make(groups[k], wish)) {
      use(made.seed, made.why.empty() ? picture_stage::encode_pnm(made.picture) : std::vector<std::uint8_t>(),
          made.why);
    }
  });
}

}  // namespace semblance::ingest_stage
