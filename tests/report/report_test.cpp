// write_report as a whole: the same bytes twice, and a disk that fills up.

#include "semblance/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "report/sample/models.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kFiles = {"control-pairs.csv", "control-people.csv", "gallery.csv", "histograms.csv",
                                         "identities.csv",    "images.csv",         "pairs.csv",   "removal.csv",
                                         "report.html",       "report.json",        "run.json"};

std::string read(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

class WriteReport : public ::testing::Test {
 protected:
  fs::path folder(const std::string& name) {
    const fs::path made = root_ / name;
    fs::create_directories(made);
    return made;
  }
  void SetUp() override {
    root_ = fs::path(::testing::TempDir()) /
            (std::string("semblance_report_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path root_;
};

TEST_F(WriteReport, WritesItsFilesAndNoOthers) {
  const fs::path out = folder("out");
  write_report(sample::found(), sample::facts(), out);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(out)) names.push_back(entry.path().filename().string());
  EXPECT_THAT(names, ::testing::UnorderedElementsAreArray(kFiles));
  for (const std::string& name : kFiles) EXPECT_GT(fs::file_size(out / name), 30U) << name;
}

TEST_F(WriteReport, EqualModelsGiveEqualBytes) {
  for (const ReportModel& model : {sample::two_matchers(), sample::hostile(), sample::bare()}) {
    const fs::path x = folder("x");
    const fs::path y = folder("y");
    write_report(model, sample::facts(), x);
    write_report(model, sample::facts(), y);
    for (const std::string& name : kFiles) EXPECT_EQ(read(x / name), read(y / name)) << name;
  }
}

TEST_F(WriteReport, TimingsAreInRunJsonAlone) {
  const fs::path x = folder("x");
  const fs::path y = folder("y");
  write_report(sample::found(), sample::facts(), x);
  RunFacts other = sample::facts();
  other.seconds.front().second = 99;
  write_report(sample::found(), other, y);
  for (const std::string& name : kFiles) EXPECT_EQ(read(x / name) == read(y / name), name != "run.json") << name;
}

TEST_F(WriteReport, AFullDiskIsNamedWithItsFile) {
  // A file size limit fails a write as a full disk does, once the signal that would end the program is ignored.
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const fs::path whole = folder("whole");
  write_report(sample::found(), sample::facts(), whole);
  // From a limit that the first file exceeds up to one that only the largest does.
  std::set<std::string> failed;
  for (const rlim_t limit : {rlim_t{0}, rlim_t{4096}, rlim_t{120'000}, rlim_t{400'000}, rlim_t{600'000}}) {
    const fs::path out = folder("limit-" + std::to_string(limit));
    rlimit small = old_limit;
    small.rlim_cur = limit;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool threw = false;
    try {
      write_report(sample::found(), sample::facts(), out);
    } catch (const Error& error) {
      threw = true;
      EXPECT_EQ(error.code(), ErrorCode::output);
      const fs::path subject = error.subject();
      EXPECT_EQ(subject.parent_path(), out);
      failed.insert(subject.filename());
      EXPECT_GT(fs::file_size(whole / subject.filename()), limit);
    }
    setrlimit(RLIMIT_FSIZE, &old_limit);
    EXPECT_TRUE(threw) << "wrote a report under a file size limit of " << limit;
  }
  std::signal(SIGXFSZ, old_handler);
  EXPECT_GE(failed.size(), 2U);
}

TEST_F(WriteReport, AFolderThatIsNotThereIsAnOutputError) {
  try {
    write_report(sample::found(), sample::facts(), root_ / "absent");
    FAIL() << "wrote into a folder that does not exist";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::output);
    EXPECT_THAT(error.subject(), ::testing::HasSubstr("absent"));
  }
}

}  // namespace
}  // namespace semblance
