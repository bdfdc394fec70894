#include "cli/npm_settings.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "semblance/error.hpp"

namespace semblance::cli {
namespace {

namespace fs = std::filesystem;

std::string environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n\"");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n\"") - first + 1);
}

// npm puts the environment into its settings: ${NAME}.
std::string expanded(std::string text) {
  for (std::size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) break;
    const std::string value = environment(text.substr(at + 2, end - at - 2));
    text.replace(at, end - at + 1, value);
    at += value.size();
  }
  return text;
}

// The value of a key in an npmrc file: lines of key = value, the last one counts.
std::string in_file(const fs::path& file, const std::string& key) {
  std::ifstream in(file);
  std::string value;
  for (std::string line; std::getline(in, line);) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    if (trimmed(line.substr(0, equals)) == key) value = expanded(trimmed(line.substr(equals + 1)));
  }
  return value;
}

std::string setting(const std::string& key) {
  std::string upper = "NPM_CONFIG_";
  for (const unsigned char c : key) upper += static_cast<char>(c == '-' ? '_' : std::toupper(c));
  std::string lower = "npm_config_";
  for (const char c : key) lower += c == '-' ? '_' : c;
  for (const std::string& name : {lower, upper}) {
    if (std::string value = environment(name); !value.empty()) return value;
  }
  std::vector<fs::path> files;
  for (const char* name : {"npm_config_userconfig", "NPM_CONFIG_USERCONFIG"}) files.emplace_back(environment(name));
  if (const std::string home = environment("HOME"); !home.empty()) files.push_back(fs::path(home) / ".npmrc");
  for (const char* name : {"npm_config_globalconfig", "NPM_CONFIG_GLOBALCONFIG"}) files.emplace_back(environment(name));
  files.insert(files.end(), {"/etc/npmrc", "/usr/etc/npmrc"});
  for (const fs::path& file : files) {
    if (file.empty()) continue;
    if (std::string value = in_file(file, key); !value.empty()) return value;
  }
  return {};
}

// What an npm client says, if there is one.
std::string asked_client(const char* command) {
  const std::unique_ptr<FILE, decltype(&::pclose)> pipe(::popen(command, "r"), &::pclose);
  if (!pipe) return {};
  std::array<char, 1024> line{};
  if (std::fgets(line.data(), static_cast<int>(line.size()), pipe.get()) == nullptr) return {};
  return trimmed(line.data());
}

bool is_address(const std::string& text) { return text.starts_with("https://") || text.starts_with("http://"); }

}  // namespace

std::string trusted_certificates() {
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    if (std::string file = environment(name); !file.empty()) return file;
  }
  return {};
}

Registry npm_registry(const std::string& given, const std::string& package) {
  std::string address = given;
  if (address.empty() && package.starts_with('@')) {
    address = setting(package.substr(0, package.find('/')) + ":registry");
  }
  if (address.empty()) address = setting("registry");
  if (address.empty()) address = asked_client("npm config get registry 2>/dev/null");
  if (!is_address(address)) {
    throw Error(
        ErrorCode::usage, "cli", "--registry",
        fmt::format("nobody here knows an npm registry, where {} comes from: give its address with --registry URL, "
                    "the environment (npm_config_registry) or ~/.npmrc (registry=URL), or the package's tarball "
                    "with --from FILE.tgz",
                    package));
  }
  Registry registry{.address = address, .ca_file = setting("cafile"), .proxy = {}};
  if (registry.ca_file.empty()) registry.ca_file = trusted_certificates();
  registry.proxy = setting(address.starts_with("https:") ? "https-proxy" : "proxy");
  return registry;
}

}  // namespace semblance::cli
