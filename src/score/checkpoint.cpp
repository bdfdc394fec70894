#include "score/checkpoint.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/output_folder.hpp"
#include "base/sha256.hpp"
#include "semblance/error.hpp"
#include "store/mapped_file.hpp"

namespace semblance {

using namespace scoring;
namespace fs = std::filesystem;

namespace {

constexpr const char* kFileName = "pass.checkpoint";
constexpr const char* kPartialName = "pass.checkpoint.partial";
constexpr std::string_view kMagic = "semblance-checkpoint/1\n";
constexpr std::size_t kDigestLength = 64;

/// Writes a file and digests what is written.
class Writer {
 public:
  explicit Writer(OutputFile& out) : out_(out) {}
  void put(const void* data, std::size_t bytes) {
    hash_.update(data, bytes);
    const auto* at = static_cast<const char*>(data);
    constexpr std::size_t kPiece = std::size_t{1} << 16U;  // a file buffers what it is given
    for (std::size_t done = 0; done < bytes; done += kPiece) out_.write(at + done, std::min(kPiece, bytes - done));
  }
  void put(std::string_view text) { put(text.data(), text.size()); }
  void put_length(std::uint64_t length) { put(&length, sizeof length); }
  void put_text(std::string_view text) {
    put_length(text.size());
    put(text);
  }
  void end() { out_.write(hash_.finish()); }

 private:
  OutputFile& out_;
  Sha256 hash_;
};

bool get_text(std::string_view& bytes, std::string_view& text) {
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length) return false;
  std::memcpy(&length, bytes.data(), sizeof length);
  bytes.remove_prefix(sizeof length);
  if (length > bytes.size()) return false;
  text = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return true;
}

std::string digest(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes.data(), bytes.size());
  return hash.finish();
}

std::string content(const ScoreSide& side, const std::string& given) {
  Sha256 hash;
  if (given.empty()) {
    for (std::size_t i = 0; i < side.matrix.rows; ++i)
      hash.update(side.matrix.row(i).data(), side.matrix.cols * sizeof(float));
  } else {
    hash.update(given.data(), given.size());
  }
  hash.update(side.order.data(), side.order.size_bytes());
  hash.update(side.identity.data(), side.identity.size_bytes());
  return hash.finish();
}

}  // namespace

void remove_checkpoint(const fs::path& folder) {
  std::error_code ignored;  // a checkpoint that stays behind is refused or gone on with, never wrong
  fs::remove(folder / kFileName, ignored);
  fs::remove(folder / kPartialName, ignored);
  if (fs::is_empty(folder, ignored) && !ignored) fs::remove(folder, ignored);
}

namespace scoring {

Identity pass_identity(const ScoreSide& a, const ScoreSide* b, const SinkRequest& request,
                       const ScoreOptions& options) {
  Identity identity;
  auto add = [&](const char* name, const std::string& value) { identity.emplace_back(name, value); };
  auto shape = [](const ScoreSide& side) { return fmt::format("{} x {}", side.matrix.rows, side.matrix.cols); };
  add("shape of A", shape(a));
  add("content of A", content(a, options.checkpoint.fingerprint_a));
  add("shape of B", b == nullptr ? "self" : shape(*b));
  add("content of B", b == nullptr ? "self" : content(*b, options.checkpoint.fingerprint_b));
  add("comparison", std::to_string(static_cast<int>(options.comparison)));
  add("top pairs", std::to_string(request.top_pairs));
  add("threshold", request.threshold ? fmt::format("{}, {}", *request.threshold, request.threshold_cap) : "none");
  add("row bests", std::to_string(request.row_bests));
  add("column bests", std::to_string(request.column_bests));
  add("identity bests", fmt::format("{} {}", request.identity_bests_a, request.identity_bests_b));
  add("histogram", request.histogram_range
                       ? fmt::format("{} {}", (*request.histogram_range)[0], (*request.histogram_range)[1])
                       : std::string(request.histogram ? "yes" : "no"));
  add("histogram tail", request.histogram_tail ? fmt::format("{}", *request.histogram_tail) : "none");
  return identity;
}

CheckpointFile::CheckpointFile(CheckpointOptions options, Identity identity, Sinks& sinks, Grid& grid, Shape shape)
    : options_(std::move(options)), identity_(std::move(identity)), sinks_(sinks), grid_(grid), done_(grid.jobs()) {
  read(grid, shape);
}

void CheckpointFile::read(Grid& grid, Shape shape) {
  const fs::path file = options_.folder / kFileName;
  std::error_code none;
  const std::uintmax_t length = fs::file_size(file, none);
  if (none) return;
  damaged_ = true;
  if (length == 0) return;
  const auto mapped = store_stage::MappedFile::open(file);
  const std::string_view whole(reinterpret_cast<const char*>(mapped->bytes().data()), mapped->bytes().size());
  if (whole.size() < kMagic.size() + kDigestLength || whole.substr(0, kMagic.size()) != kMagic) return;
  const std::string_view body = whole.substr(0, whole.size() - kDigestLength);
  if (digest(body) != whole.substr(body.size())) return;
  if (!parse(body.substr(kMagic.size()), grid)) return;
  damaged_ = false;
  for (std::size_t j = 0; j < done_.size(); ++j) {
    if (done_[j]) resumed_pairs_ += pair_count(grid_.job(j, shape), shape);
  }
}

bool CheckpointFile::parse(std::string_view bytes, Grid& grid) {
  for (const auto& [name, value] : identity_) {
    std::string_view stored_name;
    std::string_view stored;
    if (!get_text(bytes, stored_name) || !get_text(bytes, stored) || stored_name != name) return false;
    if (stored == value) continue;
    throw Error(ErrorCode::input, "score", (options_.folder / kFileName).string(),
                fmt::format("the checkpoint is of another run: the {} changed since; restore it to go on, or delete "
                            "the checkpoint to start afresh",
                            name));
  }
  std::string_view stored_grid;
  std::string_view jobs;
  std::string_view sinks;
  Grid read_grid;
  if (!get_text(bytes, stored_grid) || stored_grid.size() != sizeof read_grid) return false;
  std::memcpy(&read_grid, stored_grid.data(), sizeof read_grid);
  const bool sane = read_grid.rows == grid.rows && read_grid.columns == grid.columns && read_grid.job_rows > 0 &&
                    read_grid.panel_columns > 0 && read_grid.band_rows >= read_grid.job_rows &&
                    read_grid.band_rows % read_grid.job_rows == 0;
  if (!sane || !get_text(bytes, jobs) || jobs.size() != read_grid.jobs()) return false;
  if (!get_text(bytes, sinks) || !bytes.empty() || !sinks_.load(sinks)) return false;
  grid = grid_ = read_grid;
  done_.assign(jobs.size(), false);
  for (std::size_t j = 0; j < jobs.size(); ++j) done_[j] = jobs[j] == '1';
  return true;
}

bool CheckpointFile::due() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - written_).count() >=
         options_.interval_seconds;
}

void CheckpointFile::write() {
  std::error_code error;
  fs::create_directories(options_.folder, error);
  if (error) {
    throw Error(ErrorCode::output, "score", options_.folder.string(),
                "the folder for checkpoints cannot be made: " + error.message());
  }
  std::string jobs;
  for (const bool job : done_) jobs += job ? '1' : '0';
  std::uint64_t sinks_bytes = 0;
  sinks_.save([&](const void*, std::size_t bytes) { sinks_bytes += bytes; });

  const fs::path partial = options_.folder / kPartialName;
  try {
    OutputFile out(partial);
    Writer writer(out);
    writer.put(kMagic);
    for (const auto& [name, value] : identity_) {
      writer.put_text(name);
      writer.put_text(value);
    }
    writer.put_text({reinterpret_cast<const char*>(&grid_), sizeof grid_});
    writer.put_text(jobs);
    writer.put_length(sinks_bytes);
    sinks_.save([&](const void* data, std::size_t bytes) { writer.put(data, bytes); });
    writer.end();
    out.close();
  } catch (const Error& failure) {
    fs::remove(partial, error);
    throw Error(ErrorCode::output, "score", failure.subject(),
                "the checkpoint " + failure.message() +
                    "; once that is mended the same command goes on where the last "
                    "checkpoint left off");
  }
  fs::rename(partial, options_.folder / kFileName, error);
  if (error) throw Error(ErrorCode::output, "score", partial.string(), "cannot be put in place: " + error.message());
  const int descriptor = ::open(options_.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    ::fsync(descriptor);
    ::close(descriptor);
  }
  written_ = std::chrono::steady_clock::now();
}

}  // namespace scoring
}  // namespace semblance
