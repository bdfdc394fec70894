#pragma once
// Who leaks? Conformal p-values of training people against held-out people over equal numbers of images.

#include <vector>

#include "assess/equal_images.hpp"
#include "semblance/assess.hpp"

namespace semblance {

/// Held-out people that a training person is compared with at least, where there are so many; and at least half of
/// H, because a p-value from 200 controls among 10,000 training people can't be listed unless hundreds leak.
inline constexpr std::size_t kControls = 200;

/// One entry a training identity, with p and Benjamini-Hochberg q; `best` and `images` are left to the caller.
/// p = (1 + #{controls with M >= M_i}) / (1 + controls), over the largest n <= the person's images that enough held-out
/// people have. (Vovk, Gammerman, Shafer 2005; Bates et al. 2023 for Benjamini-Hochberg on shared controls.)
std::vector<IdentityEvidence> conformal_evidence(const ImageDraws& train, const ImageDraws& holdout);

/// The fewest training people that a list at FDR q could show even if every one of them beat all its controls;
/// one more than there are training people where no list is possible.
std::size_t fewest_listable(std::span<const IdentityEvidence> evidence, double q);

/// People whose q is at most `fdr`, strongest first.
FdrList identity_list(std::span<const IdentityEvidence> evidence, double fdr);

}  // namespace semblance
