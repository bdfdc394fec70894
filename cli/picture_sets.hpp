#pragma once
// An audit's sets given as pictures: embedded by every matcher first.

#include <filesystem>
#include <string>
#include <vector>

#include "cli/common.hpp"
#include "cli/generator_options.hpp"
#include "semblance/audit.hpp"
#include "semblance/embed.hpp"

namespace semblance::cli {

/// What the user gave: image datasets, the cards of the matchers, and how to read and run them.
struct PictureSets {
  std::vector<std::string> cards;
  std::string train, synthetic, holdout;  ///< `holdout` may be empty
  std::filesystem::path stores;           ///< folder that gets one store a matcher and set
  bool keep_stores = false;               ///< they stay, and those of the same run are taken up again
  GeneratorOptions generator;             ///< where `synthetic` is "card:FILE"
  std::string generator_name;             ///< what the user called it
  std::filesystem::path work;             ///< folder for the scores of processes, one a matcher; resumed from
  std::vector<std::string> calibrated;    ///< matchers with a calibration; "" where there is but one
  EmbedOptions options;
};

/// Embeds them, one store each: `stores`/<matcher>/train, synthetic, holdout, with a checkpoint where they stay;
/// `options` say what becomes of one that is there. A set that holds embeddings already is refused. A card of a process
/// has every pair scored instead. Throws what `embed` and `score_by_process` throw.
std::vector<MatcherInput> embed_sets(const PictureSets& sets, const Context& context);

/// What the user wants of the generator that `synthetic` is, run as `options` say. Throws as generator_options and
/// card_path do.
void ask_generator(PictureSets& sets, const GeneratorArguments& arguments);

/// Makes the pictures of the generator that `synthetic` is, in `folder`, which is the synthetic set from then on.
/// Throws what `generate_pictures` throws.
void keep_pictures(PictureSets& sets, const std::string& folder, bool overwrite, const Context& context);

/// Throws Error{usage} for what would be refused only after the pictures are embedded: options of an audit that the
/// matchers or the generator can't do.
void check_before_embedding(const PictureSets& sets, const AuditOptions& options, bool calibrated);

/// The same datasets as the pictures behind the embeddings.
PictureFolders pictures_of(const PictureSets& sets);

/// Does a --matcher name a card to embed with? A file .toml or .json does; a card's name does where `train` isn't
/// embeddings already, of which it would say who made them.
bool is_card(const std::string& matcher, const std::string& train);

}  // namespace semblance::cli
