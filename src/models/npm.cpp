#include "models/npm.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "models/http.hpp"
#include "semblance/error.hpp"

namespace semblance::models_stage {
namespace {

constexpr std::uint64_t kMetadataBytes = std::uint64_t{8} << 20U;

// Where the registry itself says that the tarball is; nothing if it doesn't know the package.
std::string told_address(const std::string& registry, const std::string& name, const std::string& version,
                         DownloadOptions options) {
  options.limit = kMetadataBytes;
  std::string escaped = name;
  if (const auto slash = escaped.find('/'); slash != std::string::npos) escaped.replace(slash, 1, "%2f");
  const std::string url = fmt::format("{}/{}/{}", registry, escaped, version);
  const std::string text = download_text(url, options);
  if (text.empty()) return {};
  const nlohmann::json answer = nlohmann::json::parse(text, nullptr, false);
  const auto pointer = nlohmann::json::json_pointer("/dist/tarball");
  if (!answer.is_object() || !answer.contains(pointer) || !answer.at(pointer).is_string()) {
    throw Error(ErrorCode::input, "models", shown_url(url),
                "answers with no description of a package; is it a registry?");
  }
  return answer.at(pointer).get<std::string>();
}

}  // namespace

std::string package_name(const std::string& package) { return package.substr(0, package.rfind('@')); }

Download download_package(const std::string& registry, const std::string& package, const std::filesystem::path& file,
                          const DownloadOptions& options) {
  std::string root = registry;
  while (root.ends_with('/')) root.pop_back();
  const std::string name = package_name(package);
  const std::string version = package.substr(name.size() + 1);
  const std::string bare = name.substr(name.find('/') == std::string::npos ? 0 : name.find('/') + 1);
  // Nearly all registries have it there, which spares the description.
  Download result = download(fmt::format("{}/{}/-/{}-{}.tgz", root, name, bare, version), file, options);
  if (!result.absent) return result;
  const std::string address = told_address(root, name, version, options);
  if (!address.empty()) result = download(address, file, options);
  if (!result.absent) return result;
  throw Error(ErrorCode::input, "models", shown_url(root),
              fmt::format("has no package {}; name another registry (--registry), or give the tarball that "
                          "`npm pack {}` makes elsewhere (--from)",
                          package, package));
}

}  // namespace semblance::models_stage
