#include "cli/models_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/cache.hpp"
#include "cli/onnx_runtime.hpp"
#include "infer/card_tables.hpp"
#include "semblance/align.hpp"
#include "semblance/embed.hpp"
#include "semblance/error.hpp"
#include "semblance/generate.hpp"
#include "store/card_fields.hpp"

namespace semblance::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ModelsCheckArguments {
  std::string card;
  RuntimeArguments runtime;
  std::size_t batch = 0;
};

void print_models_check_json(const Json& json) {
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

void check_generator_card(const std::filesystem::path& card, const Runtime& runtime, const Context& context) {
  const GeneratorCheck result = check_generator(card, runtime);
  if (context.json) {
    const Json json = {
        {"generator", result.generator},
        {"onnx_runtime", result.runtime_version},
        {"engine", result.engine},
        {"width", result.width},
        {"height", result.height},
        {"golden", {{"in_card", result.has_golden}, {"mean", result.digest.mean}, {"pixels", result.digest.pixels}}},
        {"truncation_effect", result.truncation_effect},
        {"milliseconds_per_image", 1000 * result.seconds_per_image}};
    print_models_check_json(json);
    return;
  }
  fmt::print("{}: {} x {} pixels, {:.1f} ms an image on one thread ({})\n", result.generator, result.width,
             result.height, 1000 * result.seconds_per_image, result.engine);
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

void check_matcher_card(const std::filesystem::path& card, const ModelsCheckArguments& arguments,
                        const Context& context) {
  const CardCheck result = check_card(card, runtime_of(arguments.runtime), arguments.batch);
  if (context.json) {
    print_models_check_json({{"matcher", result.matcher},
                             {"onnx_runtime", result.runtime_version},
                             {"engine", result.engine},
                             {"dimension", result.dimension},
                             {"batch", result.batch},
                             {"golden", {{"in_card", result.has_golden}, {"cosines", result.cosines}}},
                             {"colour_effect", result.colour_effect},
                             {"milliseconds_per_image", 1000 * result.seconds_per_image}});
    return;
  }
  std::string cosines;
  for (const double cosine : result.cosines) cosines += fmt::format("{}{:.4f}", cosines.empty() ? "" : ", ", cosine);
  fmt::print("{}: dimension {}, {:.1f} ms an image on one thread ({}{})\n", result.matcher, result.dimension,
             1000 * result.seconds_per_image, result.engine,
             result.batch > 1 ? fmt::format(", {} at once", result.batch) : "");
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

void check_detector_card(const std::filesystem::path& card, const Runtime& runtime, const Context& context) {
  const DetectorCheck result = check_detector(card, runtime);
  if (context.json) {
    print_models_check_json({{"detector", result.detector},
                             {"engine", result.engine},
                             {"drawn_faces", result.pictures},
                             {"found", result.found},
                             {"landmark_error", result.found > 0 ? Json(result.landmark_error) : Json()},
                             {"milliseconds_per_image", 1000 * result.seconds_per_image}});
    return;
  }
  fmt::print("{}: {:.1f} ms a picture on one thread ({})\n", result.detector, 1000 * result.seconds_per_image,
             result.engine);
  if (result.found == 0) {
    fmt::print("  found none of {} drawn faces: colour order, scaling or weights may be wrong; try a photograph\n",
               result.pictures);
  } else {
    fmt::print("  found {} of {} drawn faces, landmarks off by {:.2f} of the eyes' distance\n", result.found,
               result.pictures, result.landmark_error);
  }
}

// The library that runs networks: the card's own unless the user names another.
void check_library(const std::string& card, const ModelsCheckArguments& arguments, const Context& context) {
  const std::filesystem::path own =
      infer_stage::read_weights(card_path(card), store_stage::read_card_fields(card_path(card)));
  const std::filesystem::path library =
      arguments.runtime.library.empty() ? own : std::filesystem::path(arguments.runtime.library);
  const RuntimeFacts facts = examine_runtime(library);
  if (context.json) {
    print_models_check_json({{"library", library.string()},
                             {"version", facts.version},
                             {"providers", facts.providers},
                             {"cuda_fault", facts.cuda_fault.empty() ? Json() : Json(facts.cuda_fault)}});
    return;
  }
  fmt::print("{}: ONNX Runtime {}, computes by {}\n", library.string(), facts.version,
             fmt::join(facts.providers, ", "));
  if (!facts.cuda_fault.empty()) fmt::print("  --device cuda can't be had of it: {}\n", facts.cuda_fault);
}

void check_models_check(const ModelsCheckArguments& arguments, const Context& context) {
  const std::filesystem::path card = card_path(arguments.card);
  const nlohmann::json fields = store_stage::read_card_fields(card);
  const bool matcher = !fields.contains("generator") && !fields.contains("detector") && !fields.contains("library") &&
                       !fields.contains("landmarks");
  if (matcher) return check_matcher_card(card, arguments, context);
  if (arguments.batch > 0) throw Error(ErrorCode::usage, "cli", "--batch", "is for a matcher's card");
  if (fields.contains("library")) return check_library(arguments.card, arguments, context);
  if (fields.contains("detector")) return check_detector_card(card, runtime_of(arguments.runtime), context);
  if (fields.contains("generator")) return check_generator_card(card, runtime_of(arguments.runtime), context);
  throw Error(ErrorCode::usage, "cli", card.string(),
              "is of a landmark network, which a detector's card names; check that detector, and it runs with it "
              "(`semblance models list` shows detectors)");
}

}  // namespace

void add_models_check(CLI::App& models, Context& context) {
  auto arguments = std::make_shared<ModelsCheckArguments>();
  CLI::App* checking = models.add_subcommand(
      "check",
      "Runs a matcher's card on pictures made by formula, a generator's on a seed, a detector's on drawn faces: golden "
      "self-test, constant output, colours, landmarks, speed");
  checking
      ->add_option("card", arguments->card, std::string("The matcher, generator, detector or library: ") + kCardHelp)
      ->required();
  add_runtime_options(*checking, arguments->runtime);
  add_batch_option(*checking, arguments->batch);
  checking->footer(R"(Examples:
  semblance models check sface
  semblance models check arcface.toml --onnxruntime /opt/onnxruntime/lib/libonnxruntime.so
  semblance models check arcface.toml --device cuda   # what a GPU would do, and how fast)");
  checking->callback([arguments, &context] { check_models_check(*arguments, context); });
}

}  // namespace semblance::cli
