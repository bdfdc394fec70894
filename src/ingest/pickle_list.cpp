#include "ingest/pickle_list.hpp"

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <unordered_map>
#include <variant>

#include "ingest/sources.hpp"

namespace semblance::ingest_stage {
namespace {

struct Value;
struct Values;
using List = std::shared_ptr<Values>;  // shared: a list may be remembered before it is filled
struct Mark {};

/// What stands on the pickle machine's stack.
struct Value {
  std::variant<Mark, bool, PickledPairs::Bytes, List> is;
};

struct Values {
  std::vector<Value> all;
  bool lists = false;  ///< some of them are lists
};

class Machine {
 public:
  explicit Machine(const std::filesystem::path& file) : file_(file), in_(file, std::ios::binary) {
    if (!in_) refuse(file, "can't be read");
    size_ = std::filesystem::file_size(file);
  }

  Value run() {
    while (true) {
      const std::uint64_t at = at_;
      const auto opcode = static_cast<char>(number(1));
      if (opcode == '.') {
        Value top = pop();
        if (!stack_.empty() || at_ != size_) wrong("ends before its end", at);
        return top;
      }
      step(opcode, at);
    }
  }

 private:
  void step(char opcode, std::uint64_t at) {
    switch (opcode) {
      case '\x80':
        return skip(1);  // PROTO
      case '\x95':
        return skip(8);  // FRAME
      case '(':
        return push({Mark{}});  // MARK
      case ']':
        return push(list_of({}));  // EMPTY_LIST
      case 'l':
      case 't':
        return push(list_of(since_mark()));  // LIST, TUPLE
      case '\x86':
        return tuple_of_two();  // TUPLE2
      case 'a':
        return append({pop()});  // APPEND
      case 'e':
        return append(since_mark());  // APPENDS
      case 'C':
      case 'U':
        return bytes(number(1));  // SHORT_BINBYTES, SHORT_BINSTRING
      case 'B':
      case 'T':
        return bytes(number(4));  // BINBYTES, BINSTRING
      case '\x8e':
        return bytes(number(8));  // BINBYTES8
      case '\x88':
        return push({true});  // NEWTRUE
      case '\x89':
        return push({false});  // NEWFALSE
      case 'I':
        return truth(at);  // INT, as protocols 0 and 1 write truths
      case 'K':
        return push({number(1) != 0});  // BININT1: a truth written as a number
      case 'q':
        memo_[number(1)] = top();
        return;  // BINPUT
      case 'r':
        memo_[number(4)] = top();
        return;  // LONG_BINPUT
      case '\x94':
        memo_.emplace(memo_.size(), top());
        return;  // MEMOIZE
      case 'h':
        return recall(number(1));  // BINGET
      case 'j':
        return recall(number(4));  // LONG_BINGET
      default:
        wrong(fmt::format("holds what no verification set does (opcode {:#04x})", static_cast<unsigned char>(opcode)),
              at);
    }
  }

  [[noreturn]] void wrong(const std::string& why, std::uint64_t at) const {
    refuse(file_, fmt::format("{} at byte {}; a verification set (.bin) is a pickle of a list of images and a list of "
                              "truths, and nothing else is read",
                              why, at));
  }

  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t k = 0; k < bytes; ++k) {
      const int byte = in_.get();
      if (byte == std::char_traits<char>::eof()) wrong("is cut", at_);
      value |= static_cast<std::uint64_t>(byte) << (8 * k);
      ++at_;
    }
    return value;
  }

  void skip(std::uint64_t bytes) {
    if (bytes > size_ - at_) wrong("is cut", size_);
    at_ += bytes;
    in_.seekg(static_cast<std::streamoff>(at_));
  }

  void bytes(std::uint64_t length) {
    push({PickledPairs::Bytes{at_, length}});
    skip(length);
  }

  void truth(std::uint64_t at) {
    const std::uint64_t text = number(3);
    if (text != 0x0a3130 && text != 0x0a3030) wrong("holds a number", at);  // "01\n", "00\n"
    push({text == 0x0a3130});
  }

  void push(Value value) { stack_.push_back(std::move(value)); }
  Value& top() {
    if (stack_.empty()) wrong("takes what isn't there", at_);
    return stack_.back();
  }
  Value pop() {
    Value value = std::move(top());
    stack_.pop_back();
    return value;
  }
  void recall(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) wrong("recalls what it never kept", at_);
    push(found->second);
  }
  std::vector<Value> since_mark() {
    std::vector<Value> values;
    std::size_t mark = stack_.size();
    while (mark > 0 && !std::holds_alternative<Mark>(stack_[mark - 1].is)) --mark;
    if (mark == 0) wrong("takes what isn't there", at_);
    values.assign(std::make_move_iterator(stack_.begin() + static_cast<std::ptrdiff_t>(mark)),
                  std::make_move_iterator(stack_.end()));
    stack_.resize(mark - 1);
    return values;
  }
  void append(std::vector<Value> values) {
    List* list = std::get_if<List>(&top().is);
    if (list == nullptr) wrong("appends to what is no list", at_);
    for (Value& value : values) {
      // A list in itself would never be let go; there is none in a verification set.
      if (std::holds_alternative<List>(value.is)) wrong(kTooDeep, at_);
      (*list)->all.push_back(std::move(value));
    }
  }
  void tuple_of_two() {
    std::vector<Value> both(2);
    both[1] = pop();
    both[0] = pop();
    push(list_of(std::move(both)));
  }
  // A verification set is two lists in one. What nests deeper than that could do so without end, and letting go of it
  // would take a stack as deep.
  Value list_of(std::vector<Value> values) const {
    bool lists = false;
    for (const Value& value : values) {
      const List* list = std::get_if<List>(&value.is);
      if (list == nullptr) continue;
      if ((*list)->lists) wrong(kTooDeep, at_);
      lists = true;
    }
    return {std::make_shared<Values>(Values{std::move(values), lists})};
  }

  static constexpr const char* kTooDeep = "holds a list of lists";

  const std::filesystem::path& file_;
  std::ifstream in_;
  std::uint64_t size_ = 0, at_ = 0;
  std::vector<Value> stack_;
  std::unordered_map<std::uint64_t, Value> memo_;
};

}  // namespace

PickledPairs read_pickled_pairs(const std::filesystem::path& file) {
  const auto wrong = [&](const std::string& why) { refuse(file, "is no verification set (.bin): " + why); };
  const Value whole = Machine(file).run();
  const List* pair = std::get_if<List>(&whole.is);
  if (pair == nullptr || (*pair)->all.size() != 2) wrong("its pickle isn't two lists");
  const List* images = std::get_if<List>(&(*pair)->all[0].is);
  const List* same = std::get_if<List>(&(*pair)->all[1].is);
  if (images == nullptr || same == nullptr) wrong("its pickle isn't two lists");
  PickledPairs pairs;
  for (const Value& value : (*images)->all) {
    const auto* bytes = std::get_if<PickledPairs::Bytes>(&value.is);
    if (bytes == nullptr) wrong("its first list holds what is no byte string");
    pairs.images.push_back(*bytes);
  }
  for (const Value& value : (*same)->all) {
    const bool* truth = std::get_if<bool>(&value.is);
    if (truth == nullptr) wrong("its second list holds what is no truth");
    pairs.same.push_back(*truth);
  }
  if (pairs.same.empty()) wrong("it holds no pairs");
  if (pairs.images.size() != 2 * pairs.same.size()) {
    wrong(fmt::format("it holds {} images for {} pairs", pairs.images.size(), pairs.same.size()));
  }
  return pairs;
}

}  // namespace semblance::ingest_stage
