#pragma once
// The kinds of dataset, and what they share.

#include <string>
#include <string_view>
#include <vector>

#include "semblance/error.hpp"
#include "semblance/ingest.hpp"

namespace semblance::ingest_stage {

std::unique_ptr<Dataset> open_folder(const std::filesystem::path& folder, const DatasetOptions& options);
std::unique_ptr<Dataset> open_list(const std::filesystem::path& list, const DatasetOptions& options);
std::unique_ptr<Dataset> open_archive(const std::filesystem::path& file, const DatasetOptions& options);
std::unique_ptr<Dataset> open_recordio(const std::filesystem::path& file, const DatasetOptions& options);
std::unique_ptr<Dataset> open_lmdb(const std::filesystem::path& location, const DatasetOptions& options);
std::unique_ptr<Dataset> open_verification_set(const std::filesystem::path& file, const DatasetOptions& options);
std::unique_ptr<Dataset> open_generator(const std::filesystem::path& card, const DatasetOptions& options);

/// Makes the pictures of ascending `seeds` by `threads` threads. `use`, called by any of them, gets the seed, the
/// picture as PPM, or nothing and the reason.
void make_wanted(const std::filesystem::path& card, const GeneratorOptions& options,
                 const std::vector<std::uint32_t>& seeds, unsigned threads,
                 const std::function<void(std::uint32_t, std::span<const std::uint8_t>, const std::string&)>& use);

[[noreturn]] inline void refuse(const std::filesystem::path& subject, const std::string& why) {
  throw Error(ErrorCode::input, "ingest", subject.string(), why);
}

/// A picture by its name, visible at every level of its path.
bool is_picture_name(const std::string& path);

/// Are folders people? True if all of `paths` lie in a folder and labels aren't off; refuses a mixture.
bool folders_are_people(const std::filesystem::path& subject, const std::vector<std::string>& paths,
                        FolderLabels labels);

/// The folder that a path lies in, as its person: "a/b/1.jpg" -> "a/b".
std::string folder_of(const std::string& path);

/// Refuses a name that stands twice.
void refuse_doubles(const std::filesystem::path& subject, std::vector<std::string> ids);

}  // namespace semblance::ingest_stage
