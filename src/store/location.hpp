#pragma once
// A location as users write it: "file", "file:NAME", "file.f32:ROWSxDIM".

#include <filesystem>
#include <string>

namespace semblance::store_stage {

struct Location {
  std::filesystem::path path;
  std::string extension;  ///< of the path, lower case, with its dot
  std::string selector;   ///< what stands after the colon, or empty
};

/// A path that exists is taken as it is, colons and all; otherwise the selector stands after the colon that follows
/// a name with a known extension. Throws Error{input} when there is no such file.
Location locate(const std::string& location);

/// The known extensions, for messages.
extern const char* const kKnownFormats;

}  // namespace semblance::store_stage
