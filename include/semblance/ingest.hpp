#pragma once
// Image datasets as people hold them, as a stream of items in one fixed order.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "semblance/facts.hpp"
#include "semblance/generate.hpp"
#include "semblance/types.hpp"

namespace semblance {

/// One image of a dataset, not decoded.
struct DatasetItem {
  std::string id;                   ///< unique in its dataset: path within it, or record number
  std::string identity;             ///< label; empty in a dataset without labels
  std::string path;                 ///< where the image lies in the dataset; empty for records
  std::vector<std::uint8_t> bytes;  ///< of the image file
  std::string rejection;            ///< why there are no bytes; empty where there are
};

/// Where labels come from in folders and archives.
enum class FolderLabels {
  automatic,  ///< the folder an image lies in names its person, if every image lies in one; mixed trees are refused
  none,       ///< folders say nothing (StyleGAN's thousands)
};

struct DatasetOptions {
  FolderLabels labels = FolderLabels::automatic;
  std::uint64_t item_bytes = 64ULL << 20U;  ///< larger images are rejected unread (a zip bomb, too)
  GeneratorOptions generator = {};          ///< for "card:FILE" alone
};

/// A dataset being read, from its first item to its last. Not thread-safe; the order never depends on threads or on
/// the file system's.
class Dataset {
 public:
  virtual ~Dataset() = default;
  /// The next item, or false at the end. Images that can't be read are items with a rejection. Throws Error{input}
  /// where the dataset itself breaks off in a way that leaves its items in doubt.
  virtual bool next(DatasetItem& item) = 0;
  /// Number of items, where it is known before the end.
  [[nodiscard]] virtual std::optional<std::size_t> count() const = 0;
  /// All that its items depend on, for a dataset that isn't where its location says; else empty.
  [[nodiscard]] virtual std::string key() const { return {}; }
  /// The same as names and values, for a store's card.
  [[nodiscard]] virtual Facts facts() const { return {}; }
  /// What is to be said of where its items come from; empty: nothing.
  [[nodiscard]] virtual std::string note() const { return {}; }
};

/// Opens, told apart by what lies there and its name:
/// - a folder: pictures (.jpg .jpeg .png .webp .bmp .pgm .ppm) at any depth, ordered by path bytewise; hidden files and
///   others are passed over; id and path are the path below the folder;
/// - a list, .csv: columns `path` (below the list's folder, or absolute), and optionally `identity` and `id`;
/// - an archive, .zip .tar .tar.gz .tgz .tar.zst .tar.xz: its pictures in its own order, read without unpacking;
/// - MXNet RecordIO, .rec (InsightFace): records in file order, the label as identity, the record's number as id; an
///   .idx beside it isn't needed, but is held against the file where there is one.
/// - LMDB, a folder with data.mdb or a file .lmdb or .mdb: its values by key, keys as ids (in hexadecimal digits where
///   they aren't text); keys that begin with "__" are no images; if every key is a path with a folder, that is the
///   person;
/// - a verification set, .bin (InsightFace): its images in file order, id "1a", "1b", "2a" and so on, no identities;
/// - a generator, "card:FILE": a picture a seed of options.generator, ascending, made when it is its turn, as PPM of
/// the
///   same pixels that `generate_pictures` writes, id "seed0000.png" and so on.
/// Throws Error{input} naming the location: not there, none of these, no image in it, an id twice; what `generate`
/// throws for a generator.
std::unique_ptr<Dataset> open_dataset(const std::filesystem::path& location, const DatasetOptions& options = {});

/// Would open_dataset try to read a file of this name, in whatever case: ".csv", ".zip" and so on?
bool is_dataset_name(const std::string& name);

/// What names a picture that is wanted of a dataset; identity and path may be empty.
struct WantedPicture {
  std::string id, identity, path;
};

/// Takes pictures out of a dataset: of a folder each by itself, found as find_picture finds it, by several threads; of
/// anything else that open_dataset reads in one pass, by id; of a generator the seeds that the ids name, made again by
/// several threads as `options.generator` says. `use` gets the picture's place in `wanted`, its content
/// and what to call it; an Error{input} that it throws is that picture's reason. Returns a reason each, empty where
/// `use` came through. Progress counts pictures. Throws Error{input} where nothing is at `location` or it is no
/// dataset, Error{interrupted} when the progress says stop.
std::vector<std::string> take_pictures(
    const std::filesystem::path& location, const std::vector<WantedPicture>& wanted, unsigned threads,
    const Progress& progress,
    const std::function<void(std::size_t, std::span<const std::uint8_t>, const std::string& name)>& use,
    const DatasetOptions& options = {.labels = FolderLabels::none});

/// Whether the dataset holds any of these.
bool holds_any_picture(const std::filesystem::path& location, const std::vector<WantedPicture>& wanted);

struct VerificationPair {
  std::string id_a, id_b;  ///< of the set's items
  bool same = false;       ///< one person's
  unsigned fold = 0;       ///< from 1: InsightFace's ten, which follow each other
};

inline constexpr std::size_t kVerificationFolds = 10;

/// The pairs of a verification set (.bin). Throws Error{input} naming the file.
std::vector<VerificationPair> verification_pairs(const std::filesystem::path& file);

}  // namespace semblance
