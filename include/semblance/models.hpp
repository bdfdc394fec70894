#pragma once
// Cards of matchers and detectors that come with the program, and a cache folder that holds the weights of those that
// were installed.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "semblance/types.hpp"

namespace semblance {

/// A card that is compiled into the library: its file's name ("sface.toml") and text.
struct ShippedCard {
  std::string file;
  std::string_view text;
};
const std::vector<ShippedCard>& shipped_cards();

enum class ModelState {
  missing,    ///< no weights
  installed,  ///< card and weights lie together; whether their checksum is right, verify_model says
  outdated,   ///< installed with another card than the program's; install_model renews it
};

/// What a card says, and where its weights are.
struct Model {
  std::string name;
  std::string kind;  ///< "matcher", "detector", "landmarks", "generator", "process", "library"
  std::string licence, training_set, source;
  std::size_t dimension = 0;      ///< 0: has none
  std::filesystem::path card;     ///< file; a shipped card has one only where it's installed, else empty
  std::filesystem::path weights;  ///< file, there or not; empty: needs none
  std::string sha256;             ///< of the weights: what the card states, else what was installed; may be empty
  bool promised = false;          ///< the card states a checksum
  ModelState state = ModelState::missing;
  std::vector<std::string> installs;  ///< names of cards that are of use with it
  bool fetchable = false;             ///< the card says where its weights can be downloaded
};

/// Shipped cards by name, then the user's own that were installed in `cache`, by name. `cache` needn't exist.
std::vector<Model> list_models(const std::filesystem::path& cache);
/// The cards of a folder (.toml, .json), by file name. Their weights lie beside them, or in `cache`. Throws
/// Error{input} if the folder can't be listed or holds a card that can't be read.
std::vector<Model> list_cards(const std::filesystem::path& folder, const std::filesystem::path& cache);

/// Is there a card of that name, shipped or installed?
bool is_model(const std::string& name, const std::filesystem::path& cache);
/// The card's file, for whatever takes one: `given` itself if it is a file (or, where its weights aren't beside it but
/// the same card is installed, the installed one), else the installed card of that name. Throws Error{input} with the
/// way out if it isn't installed, Error{usage} if no card is called so.
std::filesystem::path find_card(const std::string& given, const std::filesystem::path& cache);

/// Nothing, or what is wrong with an installed model's weights.
std::string verify_model(const Model& model);

/// An npm registry.
struct Registry {
  std::string address;
  std::string ca_file;  ///< certificates to trust; empty: the system's
  std::string proxy;    ///< empty: as libcurl finds it
};

struct InstallOptions {
  std::filesystem::path cache;
  /// Weights, or the archive or package that holds them, which the user has already; empty: downloaded.
  std::filesystem::path from;
  /// The registry for a package of this name; asked only when a package is to be fetched. May throw Error with the ways
  /// out.
  std::function<Registry(const std::string& package)> registry;
  std::string ca_file;  ///< certificates to trust for other downloads; empty: the system's
  Progress progress;    ///< of the download, in bytes
};

struct InstalledModel {
  std::string name;
  std::filesystem::path card, weights;
  std::string sha256;                 ///< of the weights as they are
  bool checked = false;               ///< the card stated that checksum, or that of the package they came out of
  bool already = false;               ///< they were there, nothing was done
  std::string source;                 ///< address or file that they came from; empty where `already`
  std::uint64_t bytes = 0;            ///< downloaded
  std::uint64_t resumed = 0;          ///< bytes that an interrupted download before had left
  std::vector<std::string> installs;  ///< the cards that its card names as of use with it; they aren't installed yet
};

/// Puts the weights that a card names into the cache, beside a copy of the card: `cache`/models/<name>/, whole or not
/// at all. `given` is a shipped card's name or a card's file. A download that is cut goes on where it was with the next
/// call; nothing is believed before its checksum (SHA-256, or a package's integrity) is right. Two calls at once are
/// safe: the second is refused while the first downloads.
///
/// Throws Error: usage (no such card), input (no address, not to be had, a wrong checksum, a broken archive, another
/// card of that name), output (cache can't be written), interrupted.
InstalledModel install_model(const std::string& given, const InstallOptions& options);

}  // namespace semblance
