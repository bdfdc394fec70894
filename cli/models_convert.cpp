// semblance models convert: a network of an npm package as an ONNX file.

#include "cli/models_convert.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/sha256.hpp"
#include "semblance/convert.hpp"

namespace semblance::cli {

void add_models_convert(CLI::App& models, Context& context) {
  struct Arguments {
    std::string package, network, out;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = models.add_subcommand(
      "convert", "Writes a network of the npm package @vladmandic/face-api as an ONNX file, without any download");
  command->add_option("package", arguments->package, "The package's .tgz, or its unpacked folder")
      ->required()
      ->check(CLI::ExistingPath);
  command->add_option("network", arguments->network, fmt::format("{}", fmt::join(face_api_networks(), ", ")))
      ->required()
      ->check(CLI::IsMember(face_api_networks()));
  command->add_option("--out", arguments->out, "The ONNX file to write; one of that name is replaced")->required();
  command->footer(
      R"(The same package gives the same bytes on every machine; `weights.sha256` of the network's card is theirs.

Examples:
  npm pack @vladmandic/face-api
  semblance models convert vladmandic-face-api-1.7.15.tgz face_recognition --out face_recognition.onnx)");
  command->callback([arguments, &context] {
    convert_face_api(arguments->package, arguments->network, arguments->out);
    const std::string sum = sha256_file(arguments->out);
    if (context.json) {
      const nlohmann::ordered_json result = {{"file", arguments->out}, {"sha256", sum}};
      fmt::print("{}\n", result.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    } else if (!context.quiet) {
      fmt::print("{}: {}, SHA-256 {}\n", arguments->out, arguments->network, sum);
    }
  });
}

}  // namespace semblance::cli
