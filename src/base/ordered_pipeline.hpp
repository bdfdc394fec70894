#pragma once
// Things that come in order from one place, are worked on by several threads and go out in order: no thread waits for
// the slowest of a block.

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/parallel.hpp"

namespace semblance {

/// Takes every thing through three steps, in one of `slots`:
/// - read(slot): the next thing; false when there are no more. Called while fewer than slots.size() things are under
///   way, and has_room() says so or none is.
/// - work(slot, worker): by `threads` workers, numbered from 0, at once.
/// - write(slot): in the order of reading.
/// read, has_room and write never run beside one another. The first exception ends all and is rethrown.
template <class Slot, class Read, class HasRoom, class Work, class Write>
void ordered_pipeline(std::vector<Slot>& slots, unsigned threads, const Read& read, const HasRoom& has_room,
                      const Work& work, const Write& write) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<bool> worked(slots.size());
  std::uint64_t first = 0;  // not yet written
  std::uint64_t next = 0;   // to be read
  bool ended = false;

  const auto take_turns = [&](unsigned worker, std::unique_lock<std::mutex>& lock) {
    for (;;) {
      changed.wait(lock, [&] { return ended || next == first || (next - first < slots.size() && has_room()); });
      if (ended) return;
      const std::size_t place = next % slots.size();
      Slot& slot = slots[place];
      if (!read(slot)) break;
      ++next;
      lock.unlock();
      work(slot, worker);
      lock.lock();
      worked[place] = true;
      for (; first < next && worked[first % slots.size()]; ++first) {
        worked[first % slots.size()] = false;
        write(slots[first % slots.size()]);
      }
      changed.notify_all();
    }
    ended = true;
    changed.notify_all();
  };
  parallel_for(threads, threads, [&](std::size_t /*index*/, unsigned worker) {
    std::unique_lock lock(mutex);
    try {
      take_turns(worker, lock);
    } catch (...) {
      // Still under the lock that a failed step held, so that no other thread has a turn after it.
      if (!lock.owns_lock()) lock.lock();
      ended = true;
      changed.notify_all();
      throw;
    }
  });
}

}  // namespace semblance
