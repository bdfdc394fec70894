#include "pipe/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

#include "semblance/error.hpp"

namespace semblance::pipe_stage {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLongestLine = std::size_t{64} << 20U;
constexpr int kPollMilliseconds = 200;
constexpr int kNoProgram = 127;

std::string last_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string last;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) last = line;
  }
  constexpr std::size_t kMost = 200;
  return last.substr(0, kMost);
}

}  // namespace

Child::Child(std::vector<std::string> command, const std::filesystem::path& folder, std::filesystem::path errors)
    : name_(command.front()), errors_(std::move(errors)) {
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  // A socket as its input: writing to a process that has died is an error then, not a signal.
  std::array<int, 2> input{};
  std::array<int, 2> output{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input.data()) != 0 ||
      ::pipe2(output.data(), O_CLOEXEC) != 0) {
    refuse(fmt::format("can't be started: {}", std::strerror(errno)));
  }
  const int log = ::open(errors_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  const std::string where = folder.empty() ? "." : folder.string();
  process_ = ::fork();
  if (process_ == 0) {  // only what is safe between fork and exec
    ::dup2(input[1], STDIN_FILENO);
    ::dup2(output[1], STDOUT_FILENO);
    if (log >= 0) ::dup2(log, STDERR_FILENO);
    ::setpgid(0, 0);  // Ctrl-C is ours to pass on
    if (::chdir(where.c_str()) == 0) ::execvp(arguments[0], arguments.data());
    ::_exit(kNoProgram);
  }
  ::close(input[1]);
  ::close(output[1]);
  if (log >= 0) ::close(log);
  in_ = input[0];
  out_ = output[0];
  if (process_ < 0) refuse(fmt::format("can't be started: {}", std::strerror(errno)));
  ::fcntl(in_, F_SETFL, O_NONBLOCK);
}

Child::~Child() {
  close_pipes();
  if (process_ <= 0) return;
  ::kill(-process_, SIGKILL);  // with whatever it started
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

void Child::close_pipes() {
  for (int* descriptor : {&in_, &out_}) {
    if (*descriptor >= 0) ::close(*descriptor);
    *descriptor = -1;
  }
}

void Child::refuse(const std::string& why) const { throw Error(ErrorCode::input, "pipe", name_, why); }

void Child::ended() {
  close_pipes();
  int status = 0;
  std::string how = "has closed its output";
  // Its end may come a moment after that of its output.
  for (int tries = 0; tries < 20; ++tries) {
    if (::waitpid(process_, &status, WNOHANG) == process_) {
      process_ = -1;
      how = WIFSIGNALED(status)                 ? fmt::format("was killed by signal {}", WTERMSIG(status))
            : WEXITSTATUS(status) == kNoProgram ? "can't be started: no such program, or it ended with code 127"
                                                : fmt::format("ended with code {}", WEXITSTATUS(status));
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  const std::string said = last_line(errors_);
  refuse(
      fmt::format("{} though an answer was due{}", how, said.empty() ? "" : fmt::format("; it last said: {}", said)));
}

void Child::wait_for(int descriptor, short event, Clock::time_point until, const std::function<bool()>& keep_on) const {
  for (;;) {
    if (!keep_on()) throw Error(ErrorCode::interrupted, "pipe", name_, "stopped; the same command goes on from there");
    ::pollfd waits{.fd = descriptor, .events = event, .revents = 0};
    const int ready = ::poll(&waits, 1, kPollMilliseconds);
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) refuse(fmt::format("can't be waited for: {}", std::strerror(errno)));
    if (Clock::now() < until) continue;
    throw Error(ErrorCode::resource, "pipe", name_,
                "gave no answer in time; process.timeout in the card is how many seconds it has for a batch");
  }
}

void Child::send(const std::string& line, Clock::time_point until, const std::function<bool()>& keep_on) {
  const std::string text = line + "\n";
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t done = ::send(in_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (done > 0) sent += static_cast<std::size_t>(done);
    if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      wait_for(in_, POLLOUT, until, keep_on);
    } else if (done < 0 && errno != EINTR) {
      ended();
    }
  }
}

std::string Child::ask(const std::string& line, std::chrono::duration<double> within,
                       const std::function<bool()>& keep_on) {
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(within);
  send(line, until, keep_on);
  std::array<char, std::size_t{1} << 16U> block{};
  for (std::size_t looked = 0;;) {
    const std::size_t end = buffer_.find('\n', looked);
    if (end != std::string::npos) {
      std::string answer = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return answer;
    }
    looked = buffer_.size();
    if (looked > kLongestLine) refuse("answers with a line without end");
    wait_for(out_, POLLIN, until, keep_on);
    const ssize_t got = ::read(out_, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) ended();
    buffer_.append(block.data(), static_cast<std::size_t>(got));
  }
}

void Child::finish(std::chrono::duration<double> within) {
  close_pipes();
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(within);
  while (Clock::now() < until) {
    if (::waitpid(process_, nullptr, WNOHANG) == process_) {
      process_ = -1;
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace semblance::pipe_stage
