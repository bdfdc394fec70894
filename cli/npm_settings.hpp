#pragma once
// The npm registry that this machine is set up for.

#include <string>

#include "semblance/models.hpp"

namespace semblance::cli {

/// The registry for that package: `given` (--registry) if it isn't empty; else npm_config_registry of the environment;
/// else what ~/.npmrc or the machine's npmrc files say (of the package's scope first); else what an npm client on the
/// path says. Certificates (cafile) and proxy from the same places. Throws Error{usage} with the ways out if nobody
/// knows one.
Registry npm_registry(const std::string& given, const std::string& package);

/// Certificates to trust where no npm setting names them: $CURL_CA_BUNDLE, $SSL_CERT_FILE, else the system's.
std::string trusted_certificates();

}  // namespace semblance::cli
