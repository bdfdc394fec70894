#include "models/origin.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <string_view>

#include "infer/card_tables.hpp"

namespace semblance::models_stage {
namespace {

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// "npm:@scope/name@1.2.3" without the kind; refuses what could lead out of the registry's folder.
std::string npm_package(const infer_stage::CardTable& weights) {
  constexpr std::string_view kKind = "npm:";
  const std::string text = weights.text("package", "");
  if (text.empty()) return {};
  if (!text.starts_with(kKind)) weights.refuse("package", fmt::format("is '{}'; npm:NAME@VERSION is known", text));
  const std::string package = text.substr(kKind.size());
  const auto at = package.rfind('@');
  const bool plain = std::ranges::all_of(package, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("@/._-+").find(static_cast<char>(c)) != std::string_view::npos;
  });
  const bool versioned = at != std::string::npos && at > 0 && at + 1 < package.size();
  if (!plain || !versioned || package.find("..") != std::string::npos) {
    weights.refuse("package", fmt::format("is '{}', no npm:NAME@VERSION", text));
  }
  return package;
}

}  // namespace

Origin read_origin(const std::filesystem::path& card, const nlohmann::json& all) {
  const auto table = all.find("weights");
  if (table == all.end()) return {};
  nlohmann::json fields = all;
  utsname machine{};
  if (table->is_object() && ::uname(&machine) == 0) {
    const auto here = table->find(machine.machine);
    if (here != table->end() && here->is_object()) fields["weights"].update(*here);
  }
  const infer_stage::CardTable weights(card, fields, "weights");
  Origin origin{.file = weights.text("file"),
                .sha256 = weights.text("sha256", ""),
                .url = weights.text("url", ""),
                .package = npm_package(weights),
                .integrity = weights.text("integrity", ""),
                .member = weights.text("member", ""),
                .convert = weights.text("convert", ""),
                .network = weights.text("network", "")};
  if (!origin.sha256.empty() && !is_sha256(origin.sha256)) weights.refuse("sha256", "is no SHA-256 of 64 small digits");
  if (const auto fault = integrity_fault(origin.integrity); !fault.empty()) weights.refuse("integrity", fault);
  const bool http = origin.url.starts_with("https://") || origin.url.starts_with("http://");
  if (!origin.url.empty() && !http) weights.refuse("url", "begins with neither https:// nor http://");
  if (!origin.url.empty() && !origin.package.empty())
    weights.refuse("url", "stands beside a package; give one of them");
  if (!origin.convert.empty() && origin.convert != "face-api") {
    weights.refuse("convert", fmt::format("is '{}'; face-api is known", origin.convert));
  }
  if (!origin.convert.empty() && !origin.member.empty()) weights.refuse("convert", "stands beside member; give one");
  return origin;
}

}  // namespace semblance::models_stage
