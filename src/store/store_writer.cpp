#include "store/store_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/csv.hpp"
#include "base/output_folder.hpp"
#include "base/sha256.hpp"
#include "semblance/error.hpp"
#include "store/comparison_text.hpp"
#include "store/npy.hpp"
#include "store/validate.hpp"

namespace semblance {
namespace store_stage {

namespace fs = std::filesystem;

StoreWriter::StoreWriter(const fs::path& folder, std::size_t dim, fs::path name)
    : folder_(folder),
      name_(std::move(name)),
      dim_(dim),
      embeddings_(folder / kEmbeddingsFile),
      items_(folder / kItemsFile) {
  embeddings_.write(npy_header(0, dim_));  // as long as the true one
  items_.write("id,identity,path,status,rejection\n");
}

void StoreWriter::refuse_store(const std::string& why) const {
  throw Error(ErrorCode::usage, "store", name_.string(), "can't be written: " + why);
}

void StoreWriter::take_id(const StoreItem& item) {
  if (item.id.empty()) refuse_store("an item has no id");
  if (!ids_.insert(item.id)) refuse_store(fmt::format("the id '{}' is used twice", item.id));
}

void StoreWriter::add(const StoreItem& item, std::span<const float> embedding) {
  take_id(item);
  if (rows_ == 0) first_ = item;
  if (item.identity.empty() != first_.identity.empty()) {
    refuse_store(fmt::format("only one of '{}' and '{}' has an identity; label all or none", first_.id, item.id));
  }
  const Faults faults = find_faults({embedding.data(), 1, embedding.size(), embedding.size()}, true);
  if (faults.bad_rows > 0) refuse_store(fmt::format("row {} holds NaN or infinity", rows_));
  embeddings_.write(embedding.data(), embedding.size_bytes());
  items_.write(csv_field(item.id) + ',' + csv_field(item.identity) + ',' + csv_field(item.path) + ",ok,\n");
  ++rows_;
}

void StoreWriter::reject(const StoreItem& item, const std::string& why) {
  take_id(item);
  items_.write(csv_field(item.id) + ',' + csv_field(item.identity) + ',' + csv_field(item.path) + ",rejected," +
               csv_field(why) + '\n');
}

void StoreWriter::finish(const StoreInfo& info) {
  if (rows_ == 0) refuse_store("there are no embeddings");
  embeddings_.rewrite(0, npy_header(rows_, dim_));
  embeddings_.close();
  items_.close();
  nlohmann::ordered_json store;
  store["schema"] = kStoreSchema;
  store["matcher"] = info.matcher;
  if (!info.card_sha256.empty()) store["card_sha256"] = info.card_sha256;
  if (!info.dataset.empty()) store["dataset"] = info.dataset;
  if (info.comparison) store["comparison"] = comparison_text(*info.comparison);
  store["rows"] = rows_;
  store["rejected"] = rejected();
  store["dim"] = dim_;
  store["dtype"] = "float32";
  store["sha256"] = sha256_file(folder_ / kEmbeddingsFile);
  store["note"] = info.note;
  for (const auto& [name, value] : info.made) store["made"][name] = value;
  if (!info.contents.empty()) store["contents"] = info.contents;
  OutputFile file(folder_ / kStoreFile);
  // Names that aren't UTF-8 are written with the replacement character and not thrown about.
  file.write(store.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  file.close();
}

void write_store_files(const fs::path& folder, const MatrixView& matrix, const std::vector<StoreItem>& items,
                       const StoreInfo& info) {
  const auto refuse_store = [&](const std::string& why) {
    throw Error(ErrorCode::usage, "store", folder.string(), "can't be written: " + why);
  };
  if (matrix.rows == 0 || matrix.cols == 0) refuse_store("there are no embeddings");
  if (items.size() != matrix.rows) refuse_store(fmt::format("{} items for {} embeddings", items.size(), matrix.rows));
  StoreWriter writer(folder, matrix.cols, folder);
  for (std::size_t row = 0; row < matrix.rows; ++row) writer.add(items[row], matrix.row(row));
  writer.finish(info);
}

}  // namespace store_stage

void write_store(const std::filesystem::path& folder, const MatrixView& matrix, const std::vector<StoreItem>& items,
                 const StoreInfo& info) {
  OutputFolder out(folder, false);
  store_stage::write_store_files(out.staging(), matrix, items, info);
  out.commit();
}

}  // namespace semblance
