#include "cli/common.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <optional>

#include "semblance/error.hpp"
#include "semblance/store.hpp"

namespace semblance::cli {
namespace {

std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "the signal handler writes it");

extern "C" void request_stop(int) { stop_requested.store(true); }

bool draws(const Context& context) { return !context.quiet && ::isatty(STDERR_FILENO) == 1; }

using Clock = std::chrono::steady_clock;

}  // namespace

void install_interrupt_handler() {
  struct sigaction action {};
  action.sa_handler = request_stop;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is an error of write(), reported like a full disk
}

bool interrupted() { return stop_requested.load(); }

Progress make_progress(const Context& context, const std::string& label, const std::string& unit) {
  if (!draws(context)) return [](std::uint64_t, std::uint64_t) { return !interrupted(); };
  const auto begin = Clock::now();
  return [=](std::uint64_t done, std::uint64_t total) {
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
    const double left = rate > 0 ? static_cast<double>(total - done) / rate : 0;
    const double percent = total > 0 ? 100.0 * static_cast<double>(done) / static_cast<double>(total) : 100;
    fmt::print(stderr, "\r\033[K{}  {:.0f}%  {:.3g} {}/s  ETA {}", label, percent, rate, unit, duration_text(left));
    if (done >= total) fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
    return !interrupted();
  };
}

void clear_progress(const Context& context) {
  if (!draws(context)) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
}

const std::map<std::string, Comparison>& comparison_names() {
  static const std::map<std::string, Comparison> names = {{"cosine", Comparison::cosine},
                                                          {"inner-product", Comparison::inner_product},
                                                          {"l2", Comparison::negative_squared_l2}};
  return names;
}

void settle_comparison(const CLI::Option& given, const std::vector<std::string>& locations, Comparison& comparison) {
  if (given.count() > 0) return;
  std::optional<Comparison> said;
  for (const std::string& location : locations) {
    const std::optional<Comparison> own = location.empty() ? std::nullopt : stored_comparison(location);
    if (own && said && *own != *said) {
      throw Error(ErrorCode::usage, "cli", "--comparison",
                  fmt::format("is needed: '{}' is made for {}, another set for {}", location, comparison_name(*own),
                              comparison_name(*said)));
    }
    if (own) said = own;
  }
  comparison = said.value_or(Comparison::cosine);
}

std::string comparison_name(Comparison comparison) {
  for (const auto& [name, value] : comparison_names()) {
    if (value == comparison) return name;
  }
  return "unknown";
}

std::string duration_text(double seconds) {
  const long s = std::lround(seconds);
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s / 60 % 60);
}

void refuse(const std::string& option, const std::string& why) { throw Error(ErrorCode::usage, "cli", option, why); }

std::string grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

void print_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string block(std::size_t{1} << 16U, '\0');
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    std::fwrite(block.data(), 1, static_cast<std::size_t>(in.gcount()), stdout);
  }
}

std::filesystem::path checkpoint_folder(const std::string& given, const std::string& out) {
  if (!given.empty()) return given;
  std::filesystem::path target = std::filesystem::absolute(out).lexically_normal();
  if (target.filename().empty()) target = target.parent_path();
  return target.parent_path() / ("." + target.filename().string() + ".checkpoint");
}

void add_threads_option(CLI::App& command, unsigned& threads) {
  command.add_option("--threads", threads, "Threads; 0 takes every processor. Results never depend on it")
      ->capture_default_str()
      ->check(CLI::Range(0U, 4096U));
}

void add_output_options(CLI::App& command, std::string& out, bool& overwrite) {
  command.add_option("--out", out, "Folder to write; must not exist or be empty")->required();
  command.add_flag("--overwrite", overwrite, "Replace an earlier output of Semblance in that folder");
}

}  // namespace semblance::cli
