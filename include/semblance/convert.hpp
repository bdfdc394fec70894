#pragma once
// Networks of other tools' packages as ONNX files.

#include <filesystem>
#include <string>
#include <vector>

namespace semblance {

/// The networks of the npm package @vladmandic/face-api that convert_face_api knows.
const std::vector<std::string>& face_api_networks();

/// Writes one network of the npm package @vladmandic/face-api (MIT; the dlib face recognition network among others) as
/// an ONNX file. `package`: the .tgz that npm serves, or its unpacked folder; only the files that the network needs are
/// read, and nothing is unpacked to disk. `network`: one of face_api_networks(). Weights that the package holds in 8 or
/// 16 bits become float32, scale and offset applied in float64 and rounded once.
///
/// The graph (opset 13, IR version 7, for ONNX Runtime 1.8 or later) takes one float32 tensor "image" of shape (any, 3,
/// side, side), whose scaling the network's card says. Same package, same bytes, on every machine. `onnx` appears whole
/// or not at all, and replaces a file of that name.
///
/// Throws Error: usage (a network that isn't known), input (no such package, an archive that is cut, a manifest or
/// tensor that isn't as the network needs it), output.
void convert_face_api(const std::filesystem::path& package, const std::string& network,
                      const std::filesystem::path& onnx);

}  // namespace semblance
