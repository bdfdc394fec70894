#pragma once
// The networks of @vladmandic/face-api, from their weights.

#include <string>

#include "convert/weights.hpp"

namespace semblance::convert_stage {

/// dlib's face recognition network (a ResNet of 29 convolutions): "image" (any, 3, 150, 150) to "embedding" (any, 128),
/// not of unit length. Returns the ONNX file. Throws Error{input} if the weights aren't this network's.
std::string face_recognition(const Weights& weights);

}  // namespace semblance::convert_stage
