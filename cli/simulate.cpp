// semblance simulate: a case of known truth, written as three stores, or as three folders of pictures, and the truth.

#include "semblance/simulate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "base/csv.hpp"
#include "base/output_folder.hpp"
#include "cli/common.hpp"
#include "semblance/store.hpp"
#include "store/store_writer.hpp"

namespace semblance::cli {
namespace {

struct SimulateArguments {
  SimulateOptions options;
  bool pictures = false;
  PictureOptions picture;
  std::string out;
  bool overwrite = false;
};

const std::map<std::string, LeakStrength>& strength_names() {
  static const std::map<std::string, LeakStrength> names = {{"near-copy", LeakStrength::near_copy},
                                                            {"same-person", LeakStrength::same_person},
                                                            {"blend", LeakStrength::blend},
                                                            {"mixed", LeakStrength::mixed}};
  return names;
}

std::string strength_name(LeakStrength strength) {
  for (const auto& [name, value] : strength_names()) {
    if (value == strength) return name;
  }
  return {};
}

void write_set(const std::filesystem::path& folder, const SimulatedSet& set, std::size_t dimension) {
  std::vector<StoreItem> items;
  items.reserve(set.ids.size());
  for (std::size_t i = 0; i < set.ids.size(); ++i) items.push_back({set.ids[i], set.identity[i], {}});
  std::filesystem::create_directory(folder);
  store_stage::write_store_files(folder, set.view(dimension), items,
                                 {.matcher = "simulated", .note = "made by semblance simulate"});
}

void write_truth(const std::filesystem::path& file, const std::vector<PlantedLeak>& truth) {
  OutputFile out(file);
  out.write("identity,synthetic,source\n");
  for (const PlantedLeak& leak : truth) {
    out.write(
        fmt::format("{},{},{}\n", csv_field(leak.identity), csv_field(leak.synthetic_id), csv_field(leak.source_id)));
  }
  out.close();
}

nlohmann::ordered_json describe(const SimulateArguments& arguments, const SimulatedCase& made) {
  const SimulateOptions& options = arguments.options;
  std::set<std::string> leaked;
  for (const PlantedLeak& leak : made.truth) leaked.insert(leak.identity);
  nlohmann::ordered_json used = {{"identities", options.identities},
                                 {"holdout_identities", options.holdout_identities},
                                 {"images", options.images},
                                 {"images_spread", options.images_spread},
                                 {"synthetic", options.synthetic}};
  if (arguments.pictures) {
    used["pictures"] = true;
    used["size"] = arguments.picture.side;
  } else {
    used["dimension"] = options.dimension;
    used["spectrum"] = options.spectrum;
    used["intra_class"] = options.intra_class;
  }
  used["leak_rate"] = options.leak_rate;
  used["leak"] = strength_name(options.leak);
  used["images_per_leak"] = options.images_per_leak;
  if (!arguments.pictures) {
    used["hubs"] = options.hubs;
    used["shift"] = options.shift;
  }
  used["seed"] = options.seed;
  return {{"schema", "semblance-case/1"},
          {"train_rows", made.train.ids.size()},
          {"holdout_rows", made.holdout.ids.size()},
          {"synthetic_rows", made.synthetic.ids.size()},
          {"leaked_identities", leaked.size()},
          {"planted_images", made.truth.size()},
          {"options", used}};
}

SimulatedCase write_case(SimulateArguments& arguments, const Context& context, const std::filesystem::path& folder) {
  if (arguments.pictures) {
    arguments.picture.progress = make_progress(context, "drawing", "pictures");
    SimulatedCase made = simulate_pictures(arguments.options, arguments.picture, folder);
    clear_progress(context);
    return made;
  }
  SimulatedCase made = simulate(arguments.options);
  const std::size_t dimension = arguments.options.dimension;
  write_set(folder / "train", made.train, dimension);
  write_set(folder / "holdout", made.holdout, dimension);
  write_set(folder / "synthetic", made.synthetic, dimension);
  return made;
}

void run_simulate(SimulateArguments& arguments, const Context& context) {
  OutputFolder folder(arguments.out, arguments.overwrite);
  const SimulatedCase made = write_case(arguments, context, folder.staging());
  write_truth(folder.staging() / "truth.csv", made.truth);
  const nlohmann::ordered_json summary = describe(arguments, made);
  OutputFile out(folder.staging() / "case.json");
  out.write(summary.dump(2) + "\n");
  out.close();
  folder.commit();
  if (context.json) {
    fmt::print("{}\n", summary.dump(2));
  } else if (!context.quiet) {
    fmt::print("{}: {} training and {} hold-out images, {} synthetic images of which {} show one of {} leaked people\n",
               arguments.out, grouped(made.train.ids.size()), grouped(made.holdout.ids.size()),
               grouped(made.synthetic.ids.size()), grouped(made.truth.size()),
               grouped(summary["leaked_identities"].get<std::uint64_t>()));
  }
}

void add_people_options(CLI::App& command, SimulateOptions& options) {
  command.add_option("--identities", options.identities, "Training people")->capture_default_str();
  command
      .add_option("--holdout-identities", options.holdout_identities, "Hold-out people; 0: as many as training people")
      ->capture_default_str();
  command.add_option("--images", options.images, "Images a person (the mean, with --images-spread)")
      ->capture_default_str();
  command
      .add_option("--images-spread", options.images_spread, "0: all alike; else sigma of a log-normal number of images")
      ->capture_default_str();
  command.add_option("--synthetic", options.synthetic, "Synthetic images")->capture_default_str();
  command.add_option("--leak-rate", options.leak_rate, "Share of the training people that the generator leaks")
      ->capture_default_str();
  command
      .add_option("--leak", options.leak,
                  "What a leak is: near-copy, same-person, blend, or mixed (near-copy and same-person by turns)")
      ->transform(CLI::CheckedTransformer(strength_names(), CLI::ignore_case))
      ->default_str("same-person");
  command.add_option("--images-per-leak", options.images_per_leak, "Synthetic images of each leaked person")
      ->capture_default_str();
  command.add_option("--seed", options.seed, "Seed of everything random")->capture_default_str();
}

// What only embeddings have; each excludes --pictures.
void add_embedding_options(CLI::App& command, SimulateOptions& options, CLI::Option* pictures) {
  const auto add = [&](const char* name, auto& value, const char* help) {
    command.add_option(name, value, help)->capture_default_str()->excludes(pictures);
  };
  add("--dimension", options.dimension, "Dimension of the embeddings");
  add("--spectrum", options.spectrum, "Variance of dimension k falls as k^-spectrum; 0 is flat");
  add("--intra-class", options.intra_class, "Spread of a person's images; 0: the default");
  add("--hubs", options.hubs, "Strength of hubs: real images that are near everybody");
  add("--shift", options.shift, "Difference between the sources of training and hold-out people");
}

}  // namespace

void add_simulate(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<SimulateArguments>();
  CLI::App* command = app.add_subcommand(
      "simulate", "Make a case whose leaks are known: train, holdout, synthetic as embeddings or pictures; truth.csv");
  add_people_options(*command, arguments->options);
  CLI::Option* pictures = command->add_flag("--pictures", arguments->pictures,
                                            "Draw faces of nobody as JPEG pictures, with landmarks.csv; no embeddings");
  add_embedding_options(*command, arguments->options, pictures);
  command->add_option("--size", arguments->picture.side, "With --pictures: pixels of a picture, a side")
      ->capture_default_str()
      ->needs(pictures);
  command
      ->add_option("--threads", arguments->picture.threads,
                   "With --pictures: threads; 0 takes every processor. Results never depend on it")
      ->capture_default_str()
      ->check(CLI::Range(0, 4096))
      ->needs(pictures);
  add_output_options(*command, arguments->out, arguments->overwrite);
  command->footer(R"(Examples:
  semblance simulate --out case/
  semblance simulate --leak-rate 0 --seed 3 --out null/          # nothing leaks: an audit should find nothing
  semblance simulate --leak near-copy --images-per-leak 3 --hubs 0.5 --out hard/
  semblance simulate --pictures --identities 200 --images 2 --synthetic 1000 --leak mixed --out faces/
  semblance audit --train faces/train --holdout faces/holdout --synthetic faces/synthetic \
                  --landmarks faces/landmarks.csv --matcher card.toml --redact none --out report/)");
  command->callback([arguments, &context] { run_simulate(*arguments, context); });
}

}  // namespace semblance::cli
