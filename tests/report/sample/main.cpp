// report_sample FOLDER: writes a report of every sample model below it, and a study's page, for the Python tests and
// for the eye.

#include <cstdio>
#include <filesystem>
#include <map>

#include "report/sample/models.hpp"
#include "semblance/error.hpp"

int main(int count, char** arguments) {
  using namespace semblance;
  if (count != 2) {
    std::fputs("usage: report_sample FOLDER\n", stderr);
    return 2;
  }
  const std::map<std::string, ReportModel> models = {{"found", sample::found()},
                                                     {"not-found", sample::not_found()},
                                                     {"no-control", sample::no_control()},
                                                     {"matchers", sample::two_matchers()},
                                                     {"hostile", sample::hostile()},
                                                     {"bare", sample::bare()},
                                                     {"large", sample::large()}};
  try {
    for (const auto& [name, model] : models) {
      const std::filesystem::path folder = std::filesystem::path(arguments[1]) / name;
      std::filesystem::create_directories(folder);
      write_report(model, sample::facts(), folder);
    }
    write_page(sample::study(), std::filesystem::path(arguments[1]) / "study.html");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "report_sample: %s\n", error.what());
    return 1;
  }
  return 0;
}
