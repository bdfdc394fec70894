#pragma once
// The guards of one matcher, with names, and the sentences of those that fired.

#include "audit/inputs.hpp"
#include "audit/passes.hpp"
#include "semblance/report.hpp"

namespace semblance::audit_stage {

ReportModel::Guards describe_guards(const Sets& sets, const Passes& passes, const std::string& train_dataset);

/// One plain sentence for every guard that fired.
std::vector<std::string> guard_sentences(const ReportModel::Guards& guards);

}  // namespace semblance::audit_stage
