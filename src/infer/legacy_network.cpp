#include "infer/legacy_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "semblance/error.hpp"

#ifdef SEMBLANCE_OPENCV_DNN
#include <opencv2/core/utility.hpp>
#include <opencv2/dnn.hpp>
#endif

namespace semblance::infer_stage {

bool is_legacy(const std::filesystem::path& model) {
  return model.extension() == ".caffemodel" || model.extension() == ".pb";
}

#ifdef SEMBLANCE_OPENCV_DNN

struct LegacyNetwork::State {
  explicit State(std::filesystem::path file) : model(std::move(file)), engine(fmt::format("OpenCV {}", CV_VERSION)) {}

  [[nodiscard]] std::unique_ptr<cv::dnn::Net> read() const {
    cv::dnn::Net net;
    if (model.extension() == ".pb") {
      net = cv::dnn::readNetFromTensorflow(model.string());
    } else {
      std::filesystem::path layers = model;
      layers.replace_extension(".prototxt");
      if (!std::filesystem::is_regular_file(layers)) {
        throw Error(ErrorCode::input, "infer", layers.string(),
                    "isn't there; it holds the layers of the .caffemodel of the same name");
      }
      net = cv::dnn::readNetFromCaffe(layers.string(), model.string());
    }
    if (net.empty()) throw Error(ErrorCode::input, "infer", model.string(), "is no network that can be run");
    net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
    return std::make_unique<cv::dnn::Net>(std::move(net));
  }

  /// What `work` does, with OpenCV's exceptions turned into ours.
  template <class Work>
  auto guarded(const char* doing, const Work& work) const {
    try {
      return work();
    } catch (const cv::Exception& error) {
      std::string why = error.err;
      std::ranges::replace(why, '\n', ' ');
      throw Error(ErrorCode::input, "infer", model.string(), fmt::format("{}: {}", doing, why));
    }
  }

  std::unique_ptr<cv::dnn::Net> take() {
    {
      const std::scoped_lock lock(guard);
      if (!idle.empty()) {
        auto net = std::move(idle.back());
        idle.pop_back();
        return net;
      }
    }
    return read();
  }
  void give_back(std::unique_ptr<cv::dnn::Net> net) {
    const std::scoped_lock lock(guard);
    idle.push_back(std::move(net));
  }

  std::filesystem::path model;
  std::string engine;
  std::vector<cv::String> outputs;
  std::mutex guard;
  std::vector<std::unique_ptr<cv::dnn::Net>> idle;  ///< a network keeps its activations, so one is one thread's
};

LegacyNetwork::LegacyNetwork(std::filesystem::path model) : state_(std::make_unique<State>(std::move(model))) {
  State& s = *state_;
  if (!std::filesystem::exists(s.model)) refuse("isn't there; the card names it as its weights");
  // An image a thread; and what it prints of its exceptions we say ourselves.
  cv::setNumThreads(1);
  cv::redirectError([](int, const char*, const char*, const char*, int, void*) { return 0; });
  s.guarded("is no network that can be run", [&] {
    auto net = s.read();
    s.outputs = net->getUnconnectedOutLayersNames();
    s.give_back(std::move(net));
  });
  if (s.outputs.empty()) refuse("has no outputs");
}

std::size_t LegacyNetwork::outputs() const { return state_->outputs.size(); }

void LegacyNetwork::run(std::span<const float> image, const std::vector<std::int64_t>& shape, std::size_t count,
                        const Take& take) const {
  State& s = *state_;
  s.guarded("fails", [&] {
    auto net = s.take();
    std::vector<int> sizes;
    for (const std::int64_t size : shape) sizes.push_back(static_cast<int>(size));
    cv::Mat input(sizes, CV_32F);
    std::ranges::copy(image, input.ptr<float>());
    net->setInput(input);
    std::vector<cv::Mat> results;
    net->forward(results,
                 std::vector<cv::String>(s.outputs.begin(), s.outputs.begin() + static_cast<std::ptrdiff_t>(count)));
    for (std::size_t k = 0; k < count; ++k) {
      const cv::Mat result = results[k].isContinuous() ? results[k] : results[k].clone();
      if (result.type() != CV_32F) refuse("gives numbers that aren't float32");
      std::vector<std::int64_t> given;
      for (int d = 0; d < result.dims; ++d) given.push_back(result.size[d]);
      take(k, given, {result.ptr<float>(), result.total()});
    }
    s.give_back(std::move(net));
  });
}

#else

struct LegacyNetwork::State {
  std::filesystem::path model;
  std::string engine;
};

LegacyNetwork::LegacyNetwork(std::filesystem::path model) {
  throw Error(ErrorCode::resource, "infer", model.string(),
              "is a network of Caffe or TensorFlow, and this Semblance was built without the reader of such networks; "
              "install libopencv-dnn-dev (4.6 or later) and build again, or convert it to ONNX");
}

std::size_t LegacyNetwork::outputs() const { return 0; }

void LegacyNetwork::run(std::span<const float> /*image*/, const std::vector<std::int64_t>& /*shape*/,
                        std::size_t /*count*/, const Take& /*take*/) const {}

#endif

LegacyNetwork::~LegacyNetwork() = default;

const std::string& LegacyNetwork::engine() const { return state_->engine; }

void LegacyNetwork::refuse(const std::string& why) const {
  throw Error(ErrorCode::input, "infer", state_->model.string(), why);
}

}  // namespace semblance::infer_stage
