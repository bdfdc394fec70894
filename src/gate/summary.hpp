#pragma once
// A gate's result in three formats, a file each.

#include <nlohmann/json.hpp>

#include "semblance/gate.hpp"

namespace semblance::gate_stage {

using Json = nlohmann::ordered_json;

/// What marks a file as a summary of ours, whatever its format.
inline constexpr const char* kGateSchema = "semblance-gate/1";

std::string json_summary(const GateResult& result, const GateSubject& subject);
std::string junit_summary(const GateResult& result, const GateSubject& subject);
std::string sarif_summary(const GateResult& result, const GateSubject& subject);

const char* state_name(GateOutcome::State state);
/// Failed, or missing and not allowed to be.
bool blocks(GateOutcome::State state);

}  // namespace semblance::gate_stage
