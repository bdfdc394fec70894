#pragma once
// Report models to write in tests: one an auditor might see, and some that nobody should see.

#include <string>
#include <vector>

#include "semblance/page.hpp"
#include "semblance/report.hpp"

namespace semblance::sample {

/// 2,000 people, 40 of them leaked, with a hold-out set.
ReportModel found();
/// The same without leaks.
ReportModel not_found();
/// Without a hold-out set and without identity labels.
ReportModel no_control();
/// Two matchers and their consensus.
ReportModel two_matchers();
/// Every string that a user controls is one of `hostile_strings()`.
ReportModel hostile();
/// As little as a model can hold, numbers not finite.
ReportModel bare();

/// 10,000 pairs, 500 people and 2,000 pictures.
ReportModel large();

/// Tables of people and images of this many rows, which are made when they are asked for.
ReportModel long_tables(std::size_t rows);

Page study();

/// Markup, quotes, direction overrides, broken UTF-8, 10,000 characters, ...
std::vector<std::string> hostile_strings();

RunFacts facts();

}  // namespace semblance::sample
