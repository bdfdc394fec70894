#pragma once
// Threads over an index range. Plain std::thread: a library that the thread sanitizer can't see into would make
// its reports worthless.

#include <cstddef>
#include <functional>

namespace semblance {

/// `requested`, or the number of processors this process may use when 0.
unsigned thread_count(unsigned requested);

/// Calls body(index, worker) once for every index below `count`, from `threads` workers (numbered from 0; the
/// caller is worker 0), each taking the next index when free. The first exception stops the rest and is rethrown.
void parallel_for(std::size_t count, unsigned threads,
                  const std::function<void(std::size_t index, unsigned worker)>& body);

}  // namespace semblance
