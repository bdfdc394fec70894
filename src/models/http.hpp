#pragma once
// One question to a server, by libcurl; the one file that knows it.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace semblance::models_stage {

struct HttpRequest {
  std::string url;
  std::uint64_t from = 0;  ///< asks for the bytes from here on
  std::string mark;        ///< of the version that they must belong to; empty: of any
  std::string ca_file;     ///< certificates to trust; empty: the system's
  std::string proxy;       ///< empty: as libcurl finds it
};

/// What is known once the last answer's head is read (after redirections).
struct HttpHead {
  int status = 0;
  std::uint64_t first = 0;             ///< place of the body's first byte in the file
  std::optional<std::uint64_t> total;  ///< size of the file
  std::string mark;                    ///< strong ETag, else Last-Modified, else nothing
};

struct HttpCalls {
  std::function<void(const HttpHead&)> begin;       ///< before the body of a 200 or 206
  std::function<void(std::span<const char>)> data;  ///< a piece of it
  std::function<bool()> keep_on;                    ///< false: stop
};

struct HttpOutcome {
  HttpHead head;
  bool whole = false;    ///< the answer came to its end, whatever it was
  bool stopped = false;  ///< keep_on said so
  bool cut = false;      ///< begun, then lost: asking again may help
  std::string why;       ///< where not whole
};

/// Follows up to ten redirections, from HTTPS to HTTPS alone. What a call throws ends the transfer and is thrown again.
HttpOutcome http_get(const HttpRequest& request, const HttpCalls& calls);

/// The address without user name and password, for messages.
std::string shown_url(const std::string& url);

}  // namespace semblance::models_stage
