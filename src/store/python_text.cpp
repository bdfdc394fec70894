#include "store/python_text.hpp"

#include <filesystem>

#include "store/refuse.hpp"

namespace semblance::store_stage {

std::string python_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\\' || c == '\'') quoted += '\\';
    quoted += c;
  }
  return quoted + '\'';
}

std::string npy_name(const std::string& file) {
  return std::filesystem::path(file).replace_extension(".float32.npy").string();
}

void refuse_pickle(const std::string& file) {
  refuse(file,
         "is a Python pickle, which Semblance never loads. If you trust it, convert it with: "
         "import numpy, pickle; numpy.save({}, numpy.asarray(pickle.load(open({}, 'rb')), dtype='float32'))",
         python_quoted(npy_name(file)), python_quoted(file));
}

void refuse_torch(const std::string& file) {
  refuse(file,
         "is a PyTorch file (a pickle), which Semblance never loads. If you trust it, convert it with: "
         "import numpy, torch; numpy.save({}, torch.load({}, map_location='cpu').float().numpy())",
         python_quoted(npy_name(file)), python_quoted(file));
}

}  // namespace semblance::store_stage
