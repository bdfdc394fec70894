#pragma once
// A process that is spoken to in lines.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace semblance::pipe_stage {

class Child {
 public:
  /// Starts it in `folder`; its standard error goes to the file `errors`. Throws Error{input} if it can't be started.
  Child(std::vector<std::string> command, const std::filesystem::path& folder, std::filesystem::path errors);
  /// Kills it if it still runs.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Sends a line and waits for one. `keep_on` is asked a few times a second. Throws Error: resource if none comes in
  /// time, input if the process has ended or the line is too long, interrupted.
  std::string ask(const std::string& line, std::chrono::duration<double> within, const std::function<bool()>& keep_on);
  /// Ends its input and waits; kills it if it stays.
  void finish(std::chrono::duration<double> within);
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  void send(const std::string& line, std::chrono::steady_clock::time_point until, const std::function<bool()>& keep_on);
  void wait_for(int descriptor, short event, std::chrono::steady_clock::time_point until,
                const std::function<bool()>& keep_on) const;
  [[noreturn]] void ended();
  void close_pipes();

  std::string name_;
  std::filesystem::path errors_;
  ::pid_t process_ = -1;
  int in_ = -1, out_ = -1;
  std::string buffer_;
};

}  // namespace semblance::pipe_stage
