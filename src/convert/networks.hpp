#pragma once
// The networks of @vladmandic/face-api, from their weights.

#include <string>

#include "convert/weights.hpp"

namespace semblance::convert_stage {

/// dlib's face recognition network (a ResNet of 29 convolutions): "image" (any, 3, 150, 150) to "embedding" (any, 128),
/// not of unit length. All of these return the ONNX file, and throw Error{input} if the weights aren't their network's.
std::string face_recognition(const Weights& weights);

/// 68 points of a face that fills the picture: "image" (any, 3, 112, 112) to "points" (any, 136), x and y of each in
/// turn, as parts of the picture's side.
std::string face_landmark_68(const Weights& weights);

/// Faces in a picture, by a single-shot detector over MobileNet v1: "image" (any, 3, 512, 512) to "boxes" (any, 5118,
/// 4), their left, top, right and bottom in pixels of the input, and "scores" (any, 5118, 1), 0 to 1.
std::string ssd_mobilenetv1(const Weights& weights);

}  // namespace semblance::convert_stage
