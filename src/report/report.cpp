#include "semblance/report.hpp"

#include "report/files.hpp"

namespace semblance {

void write_report(const ReportModel& model, const RunFacts& run, const std::filesystem::path& folder) {
  using namespace report_stage;
  write_pairs_csv(model, folder / "pairs.csv");
  write_control_pairs_csv(model, folder / "control-pairs.csv");
  write_identities_csv(model, folder / "identities.csv");
  write_control_people_csv(model, folder / "control-people.csv");
  write_images_csv(model, folder / "images.csv");
  write_removal_csv(model, folder / "removal.csv");
  write_gallery_csv(model, folder / "gallery.csv");
  write_histograms_csv(model, folder / "histograms.csv");
  write_report_html(model, folder / "report.html");
  write_run_json(run, folder / "run.json");
  write_report_json(model, folder / "report.json");
}

}  // namespace semblance
