#include "cli/models_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/cache.hpp"
#include "cli/onnx_runtime.hpp"
#include "semblance/embed.hpp"
#include "semblance/generate.hpp"
#include "store/card_fields.hpp"

namespace semblance::cli {
namespace {

using Json = nlohmann::ordered_json;

void print_json(const Json& json) { fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace)); }

void check_generator_card(const std::filesystem::path& card, const std::string& runtime, const Context& context) {
  const GeneratorCheck result = check_generator(card, find_onnx_runtime(runtime));
  if (context.json) {
    const Json json = {
        {"generator", result.generator},
        {"onnx_runtime", result.runtime_version},
        {"width", result.width},
        {"height", result.height},
        {"golden", {{"in_card", result.has_golden}, {"mean", result.digest.mean}, {"pixels", result.digest.pixels}}},
        {"truncation_effect", result.truncation_effect},
        {"milliseconds_per_image", 1000 * result.seconds_per_image}};
    print_json(json);
    return;
  }
  fmt::print("{}: {} x {} pixels, {:.1f} ms an image on one thread (ONNX Runtime {})\n", result.generator, result.width,
             result.height, 1000 * result.seconds_per_image, result.runtime_version);
  if (result.has_golden) {
    fmt::print("  golden self-test passed\n");
  } else {
    fmt::print(
        "  no golden self-test in the card. Once a picture of it looks right, add to it:\n  [golden]\n"
        "  mean = [{:.1f}]\n  pixels = [{}]\n",
        fmt::join(result.digest.mean, ", "), fmt::join(result.digest.pixels, ", "));
  }
  if (result.truncation_effect > 0)
    fmt::print("  from truncation 0.7 to 1: pixels change by {:.1f} of 255\n", result.truncation_effect);
}

void check_matcher_card(const std::filesystem::path& card, const std::string& runtime, const Context& context) {
  const CardCheck result = check_card(card, find_onnx_runtime(runtime));
  if (context.json) {
    print_json({{"matcher", result.matcher},
                {"onnx_runtime", result.runtime_version},
                {"engine", result.engine},
                {"dimension", result.dimension},
                {"golden", {{"in_card", result.has_golden}, {"cosines", result.cosines}}},
                {"colour_effect", result.colour_effect},
                {"milliseconds_per_image", 1000 * result.seconds_per_image}});
    return;
  }
  std::string cosines;
  for (const double cosine : result.cosines) cosines += fmt::format("{}{:.4f}", cosines.empty() ? "" : ", ", cosine);
  fmt::print("{}: dimension {}, {:.1f} ms an image on one thread ({})\n", result.matcher, result.dimension,
             1000 * result.seconds_per_image, result.engine);
  if (result.has_golden) {
    fmt::print("  golden self-test passed\n");
  } else {
    fmt::print(
        "  no golden self-test in the card. Once these are known to be right, add to it:\n  [golden]\n"
        "  cosines = [{}]\n",
        cosines);
  }
  fmt::print("  red and blue exchanged: cosines change by {:.4f}{}\n", result.colour_effect,
             result.colour_effect > kGoldenTolerance ? "" : ", too little for the self-test to see a wrong order");
}

void check(const std::string& given, const std::string& runtime, const Context& context) {
  const std::filesystem::path card = card_path(given);
  return store_stage::read_card_fields(card).contains("generator") ? check_generator_card(card, runtime, context)
                                                                   : check_matcher_card(card, runtime, context);
}

}  // namespace

void add_models_check(CLI::App& models, Context& context) {
  auto card = std::make_shared<std::string>();
  auto runtime = std::make_shared<std::string>();
  CLI::App* checking = models.add_subcommand(
      "check",
      "Runs a matcher's card on pictures made by formula, or a generator's on a seed: golden self-test, constant "
      "output, colours, speed");
  checking->add_option("card", *card, std::string("The matcher or generator: ") + kCardHelp)->required();
  checking->add_option("--onnxruntime", *runtime, kRuntimeHelp);
  checking->footer(R"(Examples:
  semblance models check sface
  semblance models check arcface.toml --onnxruntime /opt/onnxruntime/lib/libonnxruntime.so)");
  checking->callback([card, runtime, &context] { check(*card, *runtime, context); });
}

}  // namespace semblance::cli
