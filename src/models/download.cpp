#include "models/download.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "models/http.hpp"
#include "models/part_file.hpp"
#include "semblance/error.hpp"

namespace semblance::models_stage {
namespace {

// How often a line that keeps breaking is taken up again, as long as every time something came.
constexpr int kAttempts = 5;
constexpr std::chrono::milliseconds kBetweenReports(250);

[[noreturn]] void refuse(const std::string& url, const std::string& why) {
  throw Error(ErrorCode::input, "models", shown_url(url), why);
}

bool is_absent(int status) { return status == 404 || status == 410; }

// Tells the caller's progress now and then, and hears whether to stop.
class Reporter {
 public:
  explicit Reporter(const Progress& progress) : progress_(progress) {}
  bool operator()(std::uint64_t done, std::uint64_t total) {
    if (!progress_) return true;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < kBetweenReports) return true;
    last_ = now;
    return progress_(done, std::max(done, total));
  }

 private:
  const Progress& progress_;
  std::chrono::steady_clock::time_point last_;
};

class Fetch {
 public:
  Fetch(const std::string& url, PartFile& part, const DownloadOptions& options)
      : url_(url), part_(part), options_(options), reporter_(options.progress) {}

  // Asks until the file is whole; the result is the last answer's status.
  int run(Download& download) {
    for (int attempt = 1;; ++attempt) {
      const std::uint64_t before = part_.size();
      const std::uint64_t bytes_before = download.bytes;
      const HttpOutcome outcome = ask(download);
      if (outcome.stopped) {
        throw Error(ErrorCode::interrupted, "models", shown_url(url_),
                    fmt::format("stopped after {} bytes; the same command goes on from there", part_.size()));
      }
      if (outcome.whole) {
        const int status = outcome.head.status;
        // The rest of a file that is whole already: there is none.
        const bool satisfied = status == 416 && before > 0 && outcome.head.total == before;
        if (status == 200 || status == 206 || is_absent(status) || satisfied) return satisfied ? 206 : status;
        if (status != 416) refuse(url_, fmt::format("the server answers {}", status));
        part_.discard();
        if (attempt < kAttempts) continue;
      }
      if (outcome.cut && download.bytes > bytes_before && attempt < kAttempts) continue;
      if (!outcome.cut) refuse(url_, "can't be reached: " + outcome.why);
      refuse(url_, fmt::format("broke off after {} bytes{} ({}); the same command goes on from there", part_.size(),
                               total_ > 0 ? fmt::format(" of {}", total_) : "", outcome.why));
    }
  }

 private:
  HttpOutcome ask(Download& download) {
    const HttpRequest request{
        .url = url_, .from = part_.size(), .mark = part_.mark(), .ca_file = options_.ca_file, .proxy = options_.proxy};
    const HttpCalls calls{.begin =
                              [&](const HttpHead& head) {
                                const std::uint64_t first = head.status == 206 ? head.first : 0;
                                if (first > part_.size()) refuse(url_, "the server leaves out a piece of the file");
                                total_ = head.total.value_or(0);
                                if (total_ > options_.limit) too_large();
                                if (download.bytes == 0) download.resumed = first;
                                part_.begin(first, head.mark);
                              },
                          .data =
                              [&](std::span<const char> bytes) {
                                if (part_.size() + bytes.size() > options_.limit) too_large();
                                part_.write(bytes);
                                download.bytes += bytes.size();
                              },
                          .keep_on = [&] { return reporter_(part_.size(), total_); }};
    return http_get(request, calls);
  }

  [[noreturn]] void too_large() const {
    refuse(url_, fmt::format("is larger than {} bytes; nothing of that size is a network", options_.limit));
  }

  const std::string& url_;
  PartFile& part_;
  const DownloadOptions& options_;
  Reporter reporter_;
  std::uint64_t total_ = 0;
};

}  // namespace

Download download(const std::string& url, const std::filesystem::path& file, const DownloadOptions& options) {
  Download result;
  PartFile part(file, url);
  for (;;) {
    if (is_absent(Fetch(url, part, options).run(result))) {
      part.discard();
      result.absent = true;
      return result;
    }
    const std::string broken = broken_promise(part.path(), options.promise);
    if (broken.empty()) break;
    part.discard();
    // The beginning may have been of another version than the end: once more, from the beginning.
    if (result.resumed == 0) refuse(url, broken + "; it is not what the card names, and nothing was installed");
    result = {};
  }
  part.finish();
  return result;
}

std::string download_text(const std::string& url, const DownloadOptions& options) {
  std::string text;
  const HttpCalls calls{.begin = [](const HttpHead&) {},
                        .data =
                            [&](std::span<const char> bytes) {
                              text.append(bytes.data(), bytes.size());
                              if (text.size() > options.limit) refuse(url, "answers with more than was asked for");
                            },
                        .keep_on = [&] { return !options.progress || options.progress(0, 0); }};
  const HttpRequest request{.url = url, .mark = {}, .ca_file = options.ca_file, .proxy = options.proxy};
  const HttpOutcome outcome = http_get(request, calls);
  if (outcome.stopped) throw Error(ErrorCode::interrupted, "models", shown_url(url), "stopped");
  if (!outcome.whole) refuse(url, "can't be reached: " + outcome.why);
  if (is_absent(outcome.head.status)) return {};
  if (outcome.head.status != 200) refuse(url, fmt::format("the server answers {}", outcome.head.status));
  return text;
}

}  // namespace semblance::models_stage
