#include "store/npy.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "store/python_text.hpp"
#include "store/refuse.hpp"

namespace semblance::store_stage {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kAlignment = 64;

// The header is the text of a Python dict; only the few literals that numpy.save writes are understood.
class Literal {
 public:
  Literal(std::string_view text, const std::string& subject) : text_(text), subject_(subject) {}

  void expect(char c) {
    if (!accept(c)) fail();
  }
  bool accept(char c) {
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string quoted() {
    skip_spaces();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) fail();
    const std::size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) fail();
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }
  // A string, or the text of a list of fields up to its closing bracket.
  std::string descr() {
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != '[') return quoted();
    std::size_t depth = 0;
    const std::size_t begin = at_;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '[') ++depth;
      if (text_[at_] == ']' && --depth == 0) return std::string(text_.substr(begin, ++at_ - begin));
    }
    fail();
  }
  bool boolean() {
    skip_spaces();
    for (const auto& [word, value] : {std::pair{std::string_view("True"), true}, {std::string_view("False"), false}}) {
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return value;
      }
    }
    fail();
  }
  std::vector<std::uint64_t> shape() {
    std::vector<std::uint64_t> sizes;
    expect('(');
    while (!accept(')')) {
      skip_spaces();
      std::uint64_t size = 0;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), size);
      if (error != std::errc{}) fail();
      at_ = static_cast<std::size_t>(end - text_.data());
      accept('L');  // Python 2 wrote long integers so
      sizes.push_back(size);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return sizes;
  }
  [[noreturn]] void fail() const {
    refuse(subject_, "its .npy header can't be understood; was it written by numpy.save?");
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  std::string_view text_;
  const std::string& subject_;
  std::size_t at_ = 0;
};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

}  // namespace

NpyHeader parse_npy_header(std::span<const std::byte> bytes, const std::string& subject) {
  const std::string_view text = as_text(bytes);
  if (!text.starts_with(kMagic.substr(0, std::min(kMagic.size(), text.size())))) {
    if (text.starts_with("PK\x03\x04")) refuse(subject, "is a zip archive and not an .npy; rename it to .npz");
    if (text.front() == '\x80') refuse_pickle(subject);
    refuse(subject, "is not an .npy file: it doesn't begin with \\x93NUMPY");
  }
  auto truncated = [&]() { refuse(subject, "is truncated: it ends within the .npy header"); };
  if (text.size() < kMagic.size() + 2) truncated();
  const auto version = static_cast<unsigned char>(text[6]);
  if (version < 1 || version > 3) refuse(subject, "has .npy version {}; versions 1, 2 and 3 are known", version);
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  const std::size_t literal_at = kMagic.size() + 2 + length_bytes;
  if (text.size() < literal_at) truncated();
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    length |= std::size_t{static_cast<unsigned char>(text[kMagic.size() + 2 + i])} << (8 * i);
  }
  if (length > text.size() - literal_at) truncated();

  NpyHeader header;
  header.payload_at = literal_at + length;
  Literal literal(text.substr(literal_at, length), subject);
  unsigned seen = 0;
  literal.expect('{');
  while (!literal.accept('}')) {
    const std::string key = literal.quoted();
    literal.expect(':');
    if (key == "descr") {
      header.descr = literal.descr();
      seen |= 1U;
    } else if (key == "fortran_order") {
      header.fortran_order = literal.boolean();
      seen |= 2U;
    } else if (key == "shape") {
      header.shape = literal.shape();
      seen |= 4U;
    } else {
      literal.fail();
    }
    if (!literal.accept(',')) {
      literal.expect('}');
      break;
    }
  }
  if (seen != 7U) literal.fail();
  return header;
}

std::optional<ElementLayout> npy_layout(const NpyHeader& header) {
  if (header.descr.size() != 3 || header.descr[1] != 'f') return std::nullopt;
  const char order = header.descr[0];
  if (order != '<' && order != '>' && order != '=') return std::nullopt;
  ElementLayout layout{.big_endian = order == '>', .fortran_order = header.fortran_order};
  switch (header.descr[2]) {
    case '2':
      layout.type = ElementType::f16;
      return layout;
    case '4':
      layout.type = ElementType::f32;
      return layout;
    case '8':
      layout.type = ElementType::f64;
      return layout;
    default:
      return std::nullopt;
  }
}

ElementLayout require_npy_matrix(const NpyHeader& header, const std::string& member, const std::string& subject) {
  auto in_python = [&](const char* options) {
    return fmt::format("numpy.load({}{}){}", python_quoted(subject), options,
                       member.empty() ? std::string() : fmt::format("[{}]", python_quoted(member)));
  };
  const std::string what = member.empty() ? "" : fmt::format("array '{}' ", member);
  const std::string target = python_quoted(npy_name(subject));
  if (header.descr.starts_with('[')) {
    refuse(subject, "{}holds a table with the fields {}; save its embeddings as a two-dimensional array", what,
           header.descr);
  }
  if (header.descr.find('O') != std::string::npos) {
    refuse(subject,
           "{}holds pickled Python objects, which Semblance never loads. If you trust it, convert it with: "
           "import numpy; numpy.save({}, numpy.stack({}).astype('float32'))",
           what, target, in_python(", allow_pickle=True"));
  }
  const std::optional<ElementLayout> layout = npy_layout(header);
  if (!layout) {
    refuse(subject,
           "{}holds {} and not float16, float32 or float64. If these are embeddings, convert them with: "
           "import numpy; numpy.save({}, {}.astype('float32'))",
           what, header.descr, target, in_python(""));
  }
  if (header.shape.size() != 2) {
    refuse(subject, "{}has the shape {}; embeddings are two-dimensional: (rows, dimensions)", what,
           shape_text(header.shape));
  }
  return *layout;
}

RawArray read_npy(const std::shared_ptr<const MappedFile>& file) {
  const std::string subject = file->name();
  const std::span<const std::byte> bytes = file->bytes();
  const NpyHeader header = parse_npy_header(bytes, subject);
  const ElementLayout layout = require_npy_matrix(header, "", subject);
  const std::uint64_t needed = checked_bytes(header.shape[0], header.shape[1], layout.type, subject);
  const std::size_t held = bytes.size() - header.payload_at;
  if (held < needed) {
    refuse(subject, "is truncated: the shape {} takes {} bytes and {} are there", shape_text(header.shape), needed,
           held);
  }
  if (held > needed) {
    refuse(subject, "holds {} bytes beyond its array of shape {}; save each array in a file of its own", held - needed,
           shape_text(header.shape));
  }
  return make_matrix(bytes.subspan(header.payload_at), layout, header.shape[0], header.shape[1], file, subject);
}

std::string npy_header(std::size_t rows, std::size_t cols) {
  std::string literal = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, cols);
  const std::size_t before = kMagic.size() + 4;
  const std::size_t whole = (before + literal.size() + 1 + kAlignment - 1) / kAlignment * kAlignment;
  literal.append(whole - before - literal.size() - 1, ' ');
  literal += '\n';
  std::string header(kMagic);
  header += '\x01';
  header += '\0';
  header += static_cast<char>(literal.size() & 0xffU);
  header += static_cast<char>(literal.size() >> 8U);
  return header + literal;
}

}  // namespace semblance::store_stage
