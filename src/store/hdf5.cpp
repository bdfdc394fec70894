#include "store/hdf5.hpp"

#include <hdf5.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <new>
#include <system_error>
#include <utility>
#include <vector>

#include "store/elements.hpp"
#include "store/pick.hpp"
#include "store/refuse.hpp"

namespace semblance::store_stage {
namespace {

constexpr std::uint64_t kMostDeflation = 1032;
constexpr std::size_t kBlockBytes = std::size_t{1} << 24U;

class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle& operator=(Handle&&) = delete;
  [[nodiscard]] hid_t get() const { return id_; }
  [[nodiscard]] bool ok() const { return id_ >= 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

// HDF5 prints its errors unless told not to; what the caller had set comes back.
class SilentErrors {
 public:
  SilentErrors() {
    H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~SilentErrors() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }
  SilentErrors(const SilentErrors&) = delete;
  SilentErrors& operator=(const SilentErrors&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

// The innermost reason on HDF5's error stack.
std::string reason() {
  std::string text;
  auto take_first = [](unsigned n, const H5E_error2_t* error, void* out) -> herr_t {
    if (n == 0 && error->desc != nullptr) *static_cast<std::string*>(out) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &text);
  return text.empty() ? "HDF5 gives no reason" : text;
}

struct Shape {
  std::vector<hsize_t> dims;
  H5T_class_t kind = H5T_NO_CLASS;
  std::size_t element_bytes = 0;

  [[nodiscard]] bool is_matrix() const { return dims.size() == 2 && kind == H5T_FLOAT && element_bytes <= 8; }
  [[nodiscard]] std::string text() const {
    const char* name = kind == H5T_FLOAT ? "float" : kind == H5T_INTEGER ? "integer" : "other";
    return fmt::format("({}) {}{}", fmt::join(dims, ", "), name,
                       kind == H5T_FLOAT || kind == H5T_INTEGER ? std::to_string(8 * element_bytes) : "");
  }
};

Shape shape_of(const Handle& dataset) {
  const Handle space(H5Dget_space(dataset.get()), H5Sclose);
  const Handle type(H5Dget_type(dataset.get()), H5Tclose);
  Shape shape;
  const int rank = space.ok() ? H5Sget_simple_extent_ndims(space.get()) : -1;
  if (rank < 0 || !type.ok()) return shape;
  shape.dims.resize(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), shape.dims.data(), nullptr);
  shape.kind = H5Tget_class(type.get());
  shape.element_bytes = H5Tget_size(type.get());
  return shape;
}

std::vector<std::string> links(const Handle& file, const std::string& subject) {
  std::vector<std::string> names;
  auto collect = [](hid_t, const char* name, const H5L_info_t* info, void* out) -> herr_t {
    try {
      if (info->type == H5L_TYPE_HARD) static_cast<std::vector<std::string>*>(out)->emplace_back(name);
      return 0;
    } catch (const std::bad_alloc&) {
      return -1;
    }
  };
  if (H5Lvisit(file.get(), H5_INDEX_NAME, H5_ITER_INC, collect, &names) < 0) {
    refuse(subject, "its HDF5 groups can't be read: {}", reason());
  }
  return names;
}

std::string choose(const Handle& file, const std::string& wanted, const std::string& subject) {
  std::vector<Candidate> candidates;
  for (const std::string& name : links(file, subject)) {
    const Handle object(H5Oopen(file.get(), name.c_str(), H5P_DEFAULT), H5Oclose);
    if (!object.ok()) refuse(subject, "its object '{}' can't be opened: {}", name, reason());
    if (H5Iget_type(object.get()) != H5I_DATASET) continue;
    const Shape shape = shape_of(object);
    candidates.push_back({name, shape.text(), shape.is_matrix()});
  }
  return candidates[pick(candidates, wanted, subject)].name;
}

// A size that the file can't hold is refused before memory is asked for, and data that lie elsewhere altogether: a
// file that names others could name any.
void check_storage(const Handle& dataset, std::uint64_t needed, const std::string& name, const std::string& file) {
  const Handle plist(H5Dget_create_plist(dataset.get()), H5Pclose);
  if (!plist.ok()) refuse(file, "dataset '{}' can't be read: {}", name, reason());
  const H5D_layout_t layout = H5Pget_layout(plist.get());
  if (layout == H5D_VIRTUAL || H5Pget_external_count(plist.get()) > 0) {
    refuse(file, "dataset '{}' keeps its data in other files; copy it into one file", name);
  }
  const hsize_t stored = H5Dget_storage_size(dataset.get());
  if (stored == 0) refuse(file, "dataset '{}' was never written", name);
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(file, error);
  if (error || (layout != H5D_CHUNKED && stored < needed) || needed / kMostDeflation > size) {
    refuse(file, "dataset '{}' says it takes {} bytes, more than the {} bytes of the file can hold", name, needed,
           size);
  }
}

// Rows first ... first + rows, as `type`.
bool read_rows(const Handle& dataset, hid_t type, std::size_t first, std::size_t rows, std::size_t cols, void* out) {
  const Handle in_file(H5Dget_space(dataset.get()), H5Sclose);
  const std::array<hsize_t, 2> start{first, 0};
  const std::array<hsize_t, 2> count{rows, cols};
  const Handle in_memory(H5Screate_simple(2, count.data(), nullptr), H5Sclose);
  return in_file.ok() && in_memory.ok() &&
         H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) >= 0 &&
         H5Dread(dataset.get(), type, in_memory.get(), in_file.get(), H5P_DEFAULT, out) >= 0;
}

// Whole chunks at a time, or each would be unpacked again and again.
std::size_t rows_at_a_time(const Handle& dataset, std::size_t row_bytes) {
  const std::size_t fitting = std::max<std::size_t>(1, kBlockBytes / row_bytes);
  const Handle plist(H5Dget_create_plist(dataset.get()), H5Pclose);
  std::array<hsize_t, 2> chunk{1, 1};
  if (H5Pget_layout(plist.get()) != H5D_CHUNKED || H5Pget_chunk(plist.get(), 2, chunk.data()) != 2) return fitting;
  return std::max<std::size_t>(1, fitting / chunk[0]) * chunk[0];
}

RawArray read_matrix(const Handle& dataset, const Shape& shape, const std::string& name, const std::string& subject) {
  const bool wide = shape.element_bytes > sizeof(float);
  const ElementType type = wide ? ElementType::f64 : shape.element_bytes == 4 ? ElementType::f32 : ElementType::f16;
  const std::uint64_t needed = checked_bytes(shape.dims[0], shape.dims[1], type, subject);
  check_storage(dataset, needed, name, subject);
  const auto rows = static_cast<std::size_t>(shape.dims[0]);
  const auto cols = static_cast<std::size_t>(shape.dims[1]);
  const FloatBuffer out = allocate_matrix(rows, cols, subject);
  RawArray array;
  array.view = {out.get(), rows, cols, cols};
  array.keep = out;
  const std::size_t step = std::min(rows, wide ? rows_at_a_time(dataset, cols * sizeof(double)) : rows);
  std::vector<double> doubles(wide ? step * cols : 0);
  for (std::size_t first = 0; first < rows; first += step) {
    const std::size_t now = std::min(step, rows - first);
    float* const to = out.get() + first * cols;
    const bool good = wide ? read_rows(dataset, H5T_NATIVE_DOUBLE, first, now, cols, doubles.data())
                           : read_rows(dataset, H5T_NATIVE_FLOAT, first, now, cols, to);
    if (!good) refuse(subject, "dataset '{}' can't be read: {}", name, reason());
    if (wide) narrow_rows(doubles.data(), first, now, cols, to, array.overflow);
  }
  return array;
}

}  // namespace

RawArray read_hdf5(const std::filesystem::path& path, const std::string& name) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  const SilentErrors silent;
  const std::string subject = path.string();
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  H5Pset_file_locking(access.get(), false, true);  // network file systems often can't lock, and nothing is written
#endif
  const Handle file(H5Fopen(subject.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  if (!file.ok()) refuse(subject, "is truncated or not an HDF5 file: {}", reason());
  std::string wanted = name;
  wanted.erase(0, wanted.find_first_not_of('/'));
  const std::string chosen = choose(file, wanted, subject);
  const Handle dataset(H5Dopen2(file.get(), chosen.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset.ok()) refuse(subject, "dataset '{}' can't be opened: {}", chosen, reason());
  const Shape shape = shape_of(dataset);
  if (!shape.is_matrix()) {
    refuse(subject, "dataset '{}' is {}; embeddings are two-dimensional float16, float32 or float64", chosen,
           shape.text());
  }
  return read_matrix(dataset, shape, chosen, subject);
}

}  // namespace semblance::store_stage
