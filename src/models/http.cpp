#include "models/http.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <exception>
#include <memory>
#include <string_view>

#include "semblance/error.hpp"
#include "semblance/version.hpp"

namespace semblance::models_stage {
namespace {

constexpr long kConnectSeconds = 30;
constexpr long kSilentSeconds = 60;  // without a byte: the line is dead
constexpr long kRedirections = 10;

struct Global {
  Global() { curl_global_init(CURL_GLOBAL_DEFAULT); }
};

struct Transfer {
  const HttpCalls* calls = nullptr;
  CURL* handle = nullptr;
  HttpHead head;
  std::uint64_t asked_from = 0;
  bool begun = false;
  bool stopped = false;
  std::exception_ptr thrown;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "bytes 100-199/200", "bytes 100-199/*"; "bytes */200" where nothing is left to send.
void read_range(std::string_view value, HttpHead& head) {
  if (!value.starts_with("bytes ")) return;
  value = trimmed(value.substr(6));
  const auto slash = value.find('/');
  if (slash == std::string_view::npos) return;
  head.total = number(value.substr(slash + 1));
  head.first = number(value.substr(0, std::min(value.find('-'), slash))).value_or(0);
}

void read_header(std::string_view line, Transfer& transfer) {
  HttpHead& head = transfer.head;
  if (line.starts_with("HTTP/")) {  // another answer begins: that of a redirection's aim
    head = {};
    const auto space = line.find(' ');
    if (space != std::string_view::npos) head.status = static_cast<int>(number(line.substr(space + 1, 3)).value_or(0));
    return;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (name == "etag" && !value.starts_with("W/")) head.mark = value;
  if (name == "last-modified" && head.mark.empty()) head.mark = value;
  if (name == "content-range") read_range(value, head);
  if (name == "content-length" && head.status == 200) head.total = number(value);
}

extern "C" {

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* transfer) {
  read_header(trimmed({data, size * count}), *static_cast<Transfer*>(transfer));
  return size * count;
}

std::size_t on_data(char* data, std::size_t size, std::size_t count, void* opaque) {
  auto& transfer = *static_cast<Transfer*>(opaque);
  const bool wanted = transfer.head.status == 200 || transfer.head.status == 206;
  if (!wanted) return size * count;  // a page that says what is wrong
  try {
    if (!transfer.begun) transfer.calls->begin(transfer.head);
    transfer.begun = true;
    transfer.calls->data({data, size * count});
  } catch (...) {
    transfer.thrown = std::current_exception();
    return 0;
  }
  return size * count;
}

int on_progress(void* opaque, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(opaque);
  try {
    transfer.stopped = !transfer.calls->keep_on();
  } catch (...) {
    transfer.thrown = std::current_exception();
  }
  return transfer.stopped || transfer.thrown ? 1 : 0;
}
}

void prepare(CURL* handle, const HttpRequest& request, Transfer& transfer) {
  const auto set = [&](CURLoption option, auto value) {
    if (curl_easy_setopt(handle, option, value) != CURLE_OK) {
      throw Error(ErrorCode::resource, "models", "libcurl", "lacks what a download needs");
    }
  };
  const bool secure = request.url.starts_with("https:");
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, kRedirections);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, kSilentSeconds);
  const std::string agent = std::string("semblance/") + kVersion;
  set(CURLOPT_USERAGENT, agent.c_str());
  if (!request.ca_file.empty()) set(CURLOPT_CAINFO, request.ca_file.c_str());
  if (!request.proxy.empty()) set(CURLOPT_PROXY, request.proxy.c_str());
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
  set(CURLOPT_WRITEFUNCTION, &on_data);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &on_progress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(&transfer));
}

}  // namespace

HttpOutcome http_get(const HttpRequest& request, const HttpCalls& calls) {
  static const Global global;
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), &curl_easy_cleanup);
  if (!handle) throw Error(ErrorCode::resource, "models", "libcurl", "has no memory");
  Transfer transfer{.calls = &calls, .handle = handle.get(), .head = {}, .thrown = {}};
  prepare(handle.get(), request, transfer);
  std::array<char, CURL_ERROR_SIZE> words{};
  curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, words.data());

  // Range by hand: CURLOPT_RESUME_FROM takes a server that sends all of the file for an error.
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(nullptr, &curl_slist_free_all);
  const auto add = [&](const std::string& line) { headers.reset(curl_slist_append(headers.release(), line.c_str())); };
  if (request.from > 0) {
    add(fmt::format("Range: bytes={}-", request.from));
    if (!request.mark.empty()) add("If-Range: " + request.mark);
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  }

  const CURLcode code = curl_easy_perform(handle.get());
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  // An empty body has no piece that would begin it.
  if (code == CURLE_OK && transfer.head.status == 200 && !transfer.begun) calls.begin(transfer.head);
  HttpOutcome outcome{.head = transfer.head, .whole = code == CURLE_OK, .stopped = transfer.stopped, .why = {}};
  if (code == CURLE_OK) return outcome;
  outcome.cut = transfer.begun && code != CURLE_WRITE_ERROR;
  outcome.why = words.front() != '\0' ? words.data() : curl_easy_strerror(code);
  return outcome;
}

std::string shown_url(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const auto host = scheme + 3;
  const auto end = url.find_first_of("/?#", host);
  const auto at = url.rfind('@', end == std::string::npos ? url.size() : end);
  if (at == std::string::npos || at < host) return url;
  return url.substr(0, host) + url.substr(at + 1);
}

}  // namespace semblance::models_stage
