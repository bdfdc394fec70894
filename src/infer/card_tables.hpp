#pragma once
// Tables of a card (TOML or JSON) that every network's card has: its weights, and how a picture becomes its input.

#include <array>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace semblance::infer_stage {

/// One table of a card. Every getter throws Error{input} that names card, table and field.
class CardTable {
 public:
  CardTable(std::filesystem::path file, const nlohmann::json& all, const char* table);

  [[nodiscard]] bool has(const char* key) const { return fields_.contains(key); }
  [[nodiscard]] std::string text(const char* key) const;
  [[nodiscard]] std::string text(const char* key, const std::string& otherwise) const;
  /// A whole number from 1 to 4096.
  [[nodiscard]] std::size_t size(const char* key) const;
  /// A list of such numbers.
  [[nodiscard]] std::vector<std::size_t> sizes(const char* key, const std::vector<std::size_t>& otherwise) const;
  [[nodiscard]] double number(const char* key, double otherwise, double least, double most) const;
  /// A list of `count` numbers.
  [[nodiscard]] std::vector<double> numbers(const char* key, std::size_t count, double least, double most) const;
  /// One number for all colours, or three in the order of the card's colours.
  [[nodiscard]] std::array<double, 3> colours(const char* key, double otherwise) const;
  [[noreturn]] void refuse(const char* key, const std::string& why) const;

 private:
  [[nodiscard]] std::size_t size_of(const nlohmann::json& value, const char* key) const;

  std::filesystem::path file_;
  const char* table_;
  nlohmann::json fields_;
};

/// [input]: the tensor (3, height, width) that a network takes.
struct InputFormat {
  std::size_t width = 0, height = 0;
  bool blue_first = false;
  std::array<double, 3> mean{}, divisor{};  ///< red, green, blue: (x - mean) / divisor of values from 0 to 255
};

InputFormat read_input(const CardTable& input);

/// [weights], or another table: the network's file, beside the card or absolute. Checks that it is there and, where the
/// card names one, its SHA-256.
std::filesystem::path read_weights(const std::filesystem::path& card, const nlohmann::json& all,
                                   const char* table = "weights");

}  // namespace semblance::infer_stage
