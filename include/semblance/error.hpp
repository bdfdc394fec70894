#pragma once
// The one exception type of the library.

#include <stdexcept>
#include <string>

namespace semblance {

/// What went wrong, by who can mend it. The command line's exit code is the enumerator's value.
enum class ErrorCode {
  internal = 1,     ///< a defect of Semblance itself
  usage = 2,        ///< an option or a combination of options
  input = 3,        ///< the content or the existence of an input
  output = 4,       ///< the output folder, the disk it lies on
  resource = 5,     ///< memory, missing libraries
  interrupted = 6,  ///< the user stopped the run; it can be resumed where checkpoints were asked for
};

/// Every error that leaves the library. `subject` names the file or option at fault, `message` says why and the
/// way out; `what()` is "subject: message". Faults of a single image are data (rejections), never an Error.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string stage, std::string subject, std::string message)
      : std::runtime_error(subject.empty() ? message : subject + ": " + message),
        code_(code),
        stage_(std::move(stage)),
        subject_(std::move(subject)),
        message_(std::move(message)) {}

  [[nodiscard]] ErrorCode code() const noexcept { return code_; }
  [[nodiscard]] const std::string& stage() const noexcept { return stage_; }
  [[nodiscard]] const std::string& subject() const noexcept { return subject_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }

 private:
  ErrorCode code_;
  std::string stage_;
  std::string subject_;
  std::string message_;
};

}  // namespace semblance
