// A case of known truth as pictures of rendered people.

#include <fmt/format.h>

#include <atomic>
#include <chrono>

#include "base/output_folder.hpp"
#include "base/parallel.hpp"
#include "semblance/error.hpp"
#include "semblance/render.hpp"
#include "semblance/simulate.hpp"
#include "simulate/options.hpp"
#include "simulate/plan.hpp"

namespace semblance {
namespace {

using simulation::CasePlan;

using Points = std::array<std::array<double, 2>, 5>;

class PictureBuilder {
 public:
  PictureBuilder(const SimulateOptions& options, const PictureOptions& pictures, std::filesystem::path folder)
      : options_(options), pictures_(pictures), folder_(std::move(folder)), plan_(simulation::plan_case(options)) {}

  SimulatedCase build() {
    SimulatedCase out;
    total_ = plan_.train_rows.back() + plan_.holdout_rows.back() + options_.synthetic;
    OutputFile landmarks(folder_ / "landmarks.csv");
    landmarks.write(
        "id,left_eye_x,left_eye_y,right_eye_x,right_eye_y,nose_x,nose_y,left_mouth_x,left_mouth_y,right_mouth_x,"
        "right_mouth_y\n");
    write_landmarks(landmarks, draw_real("train", 0, plan_.train_rows, out.train), out.train);
    write_landmarks(landmarks, draw_real("holdout", options_.identities, plan_.holdout_rows, out.holdout), out.holdout);
    write_landmarks(landmarks, draw_synthetic(out), out.synthetic);
    landmarks.close();
    return out;
  }

 private:
  [[nodiscard]] FaceIdentity person(std::size_t number) const { return draw_face(options_.seed, number); }
  [[nodiscard]] FaceIdentity stranger(std::size_t number) const {
    return draw_face(derive_seed(options_.seed, "strangers"), number);
  }
  [[nodiscard]] FaceView real_view(std::size_t number, std::size_t image) const {
    return draw_view(options_.seed, number * simulation::kMostImages + image);
  }
  [[nodiscard]] FaceView synthetic_view(std::size_t number) const {
    return draw_view(derive_seed(options_.seed, "synthetic views"), number);
  }

  Points draw(const FaceIdentity& who, const FaceView& view, const std::filesystem::path& name, unsigned worker) {
    const RenderedFace face = render_face(who, view, pictures_.side);
    const std::vector<std::uint8_t> bytes = encode_face(face, view.quality);
    OutputFile file(folder_ / name);
    file.write(bytes.data(), bytes.size());
    file.close();
    ++done_;
    if (worker == 0) tell();
    return face.landmarks;
  }

  // From the calling thread, which worker 0 is.
  void tell() {
    constexpr std::chrono::milliseconds kBetween(200);
    const auto now = std::chrono::steady_clock::now();
    if (!pictures_.progress || now - told_ < kBetween) return;
    told_ = now;
    if (!pictures_.progress(done_, total_)) throw Error(ErrorCode::interrupted, "simulate", "", "stopped by the user");
  }

  static void make_folder(const std::filesystem::path& folder) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) throw Error(ErrorCode::output, "simulate", folder.string(), "cannot be made: " + failed.message());
  }

  // R and H come from this one function; only the numbers of the people differ.
  std::vector<Points> draw_real(std::string_view set_name, std::size_t first_person,
                                const std::vector<std::size_t>& rows, SimulatedSet& set) {
    reserve(set, rows.back());
    std::vector<Points> points(rows.back());
    parallel_for(rows.size() - 1, pictures_.threads, [&](std::size_t p, unsigned worker) {
      const std::size_t number = first_person + p;
      const FaceIdentity who = person(number);
      const std::string name = simulation::person_name(number);
      make_folder(folder_ / set_name / name);
      for (std::size_t i = rows[p]; i < rows[p + 1]; ++i) {
        set.ids[i] = real_name(set_name, number, i - rows[p]);
        set.identity[i] = name;
        points[i] = draw(who, real_view(number, i - rows[p]), std::filesystem::path(set_name) / set.ids[i], worker);
      }
    });
    return points;
  }

  std::vector<Points> draw_synthetic(SimulatedCase& out) {
    reserve(out.synthetic, options_.synthetic);
    std::vector<Points> points(options_.synthetic);
    out.truth.resize(plan_.leaked.size() * options_.images_per_leak);
    make_folder(folder_ / "synthetic");
    parallel_for(options_.synthetic, pictures_.threads, [&](std::size_t number, unsigned worker) {
      const std::size_t place = plan_.order[number];
      const std::string& id = out.synthetic.ids[place] = simulation::synthetic_id(place) + ".jpg";
      FaceIdentity who = stranger(number);
      FaceView view = synthetic_view(number);
      if (number < out.truth.size()) {
        out.truth[number].synthetic_id = id;
        leak(number, who, view, out.truth[number]);
      }
      points[place] = draw(who, view, std::filesystem::path("synthetic") / id, worker);
    });
    return points;
  }

  // Turns a stranger into a leak.
  void leak(std::size_t number, FaceIdentity& who, FaceView& view, PlantedLeak& truth) const {
    const std::size_t leaked = plan_.leaked[number / options_.images_per_leak];
    truth.identity = simulation::person_name(leaked);
    Rng rng = simulation::stream(options_, "leak", number);
    const LeakStrength strength = simulation::strength_of_leak(options_, number);
    if (strength == LeakStrength::blend) {
      constexpr double kLeast = 0.4;
      who = mix_faces(person(leaked), who, kLeast + (1 - 2 * kLeast) * uniform_unit(rng));
      return;
    }
    who = person(leaked);
    if (strength == LeakStrength::same_person) return;
    const std::size_t image = uniform_index(rng, plan_.train_rows[leaked + 1] - plan_.train_rows[leaked]);
    truth.source_id = real_name("train", leaked, image);
    view = copy_view(real_view(leaked, image), options_.seed, number);
  }

  static std::string real_name(std::string_view set_name, std::size_t number, std::size_t image) {
    return fmt::format("{}/{}.jpg", simulation::person_name(number), simulation::real_id(set_name, number, image));
  }

  static void reserve(SimulatedSet& set, std::size_t rows) {
    simulation::check_rows(rows);
    set.ids.resize(rows);
    set.identity.resize(rows);
  }

  static void write_landmarks(OutputFile& file, const std::vector<Points>& points, const SimulatedSet& set) {
    for (std::size_t i = 0; i < points.size(); ++i) {
      std::string line = set.ids[i];
      for (const auto& [x, y] : points[i]) line += fmt::format(",{:.3f},{:.3f}", x, y);
      file.write(line + "\n");
    }
  }

  const SimulateOptions& options_;
  const PictureOptions& pictures_;
  std::filesystem::path folder_;
  CasePlan plan_;
  std::atomic<std::uint64_t> done_ = 0;
  std::uint64_t total_ = 0;
  std::chrono::steady_clock::time_point told_;
};

}  // namespace

SimulatedCase simulate_pictures(const SimulateOptions& options, const PictureOptions& pictures,
                                const std::filesystem::path& folder) {
  const SimulateOptions valid = simulation::checked(options);
  if (pictures.side < 48 || pictures.side > 1024) {
    throw Error(ErrorCode::usage, "simulate", "--size", fmt::format("must lie in [48, 1024]; got {}", pictures.side));
  }
  return PictureBuilder(valid, pictures, folder).build();
}

}  // namespace semblance
