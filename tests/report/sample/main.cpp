// report_sample FOLDER: writes a report of every sample model below it, and a study's page, for the Python tests and
// for the eye. report_sample FOLDER ROWS: one report alone, whose tables of people and images have that many rows.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "report/sample/models.hpp"
#include "semblance/error.hpp"

int main(int count, char** arguments) {
  using namespace semblance;
  if (count != 2 && count != 3) {
    std::fputs("usage: report_sample FOLDER [ROWS]\n", stderr);
    return 2;
  }
  if (count == 3) {
    write_report(sample::long_tables(std::strtoull(arguments[2], nullptr, 10)), sample::facts(), arguments[1]);
    return 0;
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
