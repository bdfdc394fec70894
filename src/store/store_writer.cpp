#include "store/store_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_set>

#include "base/csv.hpp"
#include "base/output_folder.hpp"
#include "base/sha256.hpp"
#include "semblance/error.hpp"
#include "store/npy.hpp"
#include "store/validate.hpp"

namespace semblance {
namespace store_stage {
namespace {

namespace fs = std::filesystem;

void check(const fs::path& folder, const MatrixView& matrix, const std::vector<StoreItem>& items) {
  auto refuse_store = [&](const std::string& why) {
    throw Error(ErrorCode::usage, "store", folder.string(), "can't be written: " + why);
  };
  if (matrix.rows == 0 || matrix.cols == 0) refuse_store("there are no embeddings");
  if (items.size() != matrix.rows) {
    refuse_store(fmt::format("{} items for {} embeddings", items.size(), matrix.rows));
  }
  std::unordered_set<std::string_view> ids;
  for (const StoreItem& item : items) {
    if (item.id.empty()) refuse_store("an item has no id");
    if (!ids.insert(item.id).second) refuse_store(fmt::format("the id '{}' is used twice", item.id));
    if (item.identity.empty() != items.front().identity.empty()) {
      refuse_store(
          fmt::format("only one of '{}' and '{}' has an identity; label all or none", items.front().id, item.id));
    }
  }
  const Faults faults = find_faults(matrix, true);
  if (faults.bad_rows > 0) refuse_store(fmt::format("row {} holds NaN or infinity", faults.row));
}

// Digest of the file's bytes.
std::string write_embeddings(const fs::path& path, const MatrixView& matrix) {
  OutputFile file(path);
  Sha256 hash;
  auto write = [&](const void* data, std::size_t bytes) {
    hash.update(data, bytes);
    file.write(data, bytes);
  };
  const std::string header = npy_header(matrix.rows, matrix.cols);
  write(header.data(), header.size());
  for (std::size_t row = 0; row < matrix.rows; ++row) write(matrix.row(row).data(), matrix.cols * sizeof(float));
  file.close();
  return hash.finish();
}

void write_items(const fs::path& path, const std::vector<StoreItem>& items) {
  OutputFile file(path);
  file.write("id,identity,path,status,rejection\n");
  for (const StoreItem& item : items) {
    file.write(csv_field(item.id) + ',' + csv_field(item.identity) + ',' + csv_field(item.path) + ",ok,\n");
  }
  file.close();
}

}  // namespace

void write_store_files(const fs::path& folder, const MatrixView& matrix, const std::vector<StoreItem>& items,
                       const StoreInfo& info) {
  check(folder, matrix, items);
  const std::string digest = write_embeddings(folder / kEmbeddingsFile, matrix);
  write_items(folder / kItemsFile, items);
  nlohmann::ordered_json store;
  store["schema"] = kStoreSchema;
  store["matcher"] = info.matcher;
  store["rows"] = matrix.rows;
  store["dim"] = matrix.cols;
  store["dtype"] = "float32";
  store["sha256"] = digest;
  store["note"] = info.note;
  OutputFile file(folder / kStoreFile);
  // Names that aren't UTF-8 are written with the replacement character and not thrown about.
  file.write(store.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  file.close();
}

}  // namespace store_stage

void write_store(const std::filesystem::path& folder, const MatrixView& matrix, const std::vector<StoreItem>& items,
                 const StoreInfo& info) {
  OutputFolder out(folder, false);
  store_stage::write_store_files(out.staging(), matrix, items, info);
  out.commit();
}

}  // namespace semblance
