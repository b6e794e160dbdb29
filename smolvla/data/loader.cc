#include "smolvla/data/loader.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "smolvla/base/error.h"
#include "smolvla/data/batch_order.h"

namespace svla {
namespace {

// A batch on its way. Its parts are read by whoever is free.
struct Flight {
  Batch batch;
  std::vector<Sample> samples;
  std::vector<bool> begun;            // by part
  int64_t unfinished = 0;             // parts
  int64_t failed_part = 0;            // the first one, so that the message does not
  std::optional<std::string> reason;  // depend on the threads
};

struct Task {
  Flight* flight;
  int64_t part;
};

}  // namespace

// The threads, and what they have read ahead.
class Loader::Ahead {
 public:
  Ahead(const Dataset& dataset, const LoaderOptions& options)
      : reader_(dataset, options.features),
        most_(options.prefetch * options.threads),
        order_(dataset, options.order) {
    for (int i = 0; i < options.threads; ++i)
      readers_.push_back(std::make_unique<FrameReader>(dataset, options.reading));
    Start();
  }
  ~Ahead() { Stop(); }

  int64_t frames() const { return order_.frames(); }
  LoaderPosition position() const { return next_; }

  const Batch& Next() {
    std::unique_lock lock(mutex_);
    if (held_) spare_.push_back(std::move(held_));
    work_.notify_all();
    done_.wait(lock, [&] { return NextIsRead() || (flights_.empty() && broken_); });
    if (flights_.empty()) throw Error(*broken_);
    if (flights_.front()->reason) throw Error(*flights_.front()->reason);
    held_ = std::move(flights_.front());
    flights_.pop_front();
    next_ = order_.After(next_);
    work_.notify_all();
    return held_->batch;
  }

  void Seek(const LoaderPosition& position) {
    if (position.epoch < 0 || position.taken < 0 || position.taken >= frames())
      Fail("position of the loader: expected one of the ", frames(),
           " frames of an epoch, found ", Serialized(ToJson(position)));
    Stop();
    for (auto& flight : flights_) spare_.push_back(std::move(flight));
    flights_.clear();
    broken_.reset();
    next_ = planned_ = position;
    Start();
  }

 private:
  void Start() {
    for (size_t i = 0; i < readers_.size(); ++i)
      threads_.emplace_back([this, i](const std::stop_token& stop) {
        Work(static_cast<int64_t>(i), stop);
      });
  }

  void Stop() {
    for (std::jthread& thread : threads_) thread.request_stop();
    threads_.clear();
  }

  bool NextIsRead() const {
    return !flights_.empty() && flights_.front()->unfinished == 0;
  }

  // A thread goes on with the part that it had of the batch before, if it can: the
  // video stays open, and what follows in it is decoded without a seek.
  void Work(int64_t worker, const std::stop_token& stop) {
    FrameReader& reader = *readers_[static_cast<size_t>(worker)];
    int64_t favourite = worker % reader_.parts();
    std::unique_lock lock(mutex_);
    for (;;) {
      std::optional<Task> task;
      work_.wait(lock, stop, [&] { return (task = TakeTask(favourite)).has_value(); });
      if (stop.stop_requested()) return;
      lock.unlock();
      std::optional<std::string> reason = Read(*task, reader, stop);
      lock.lock();
      if (task->part + 1 < reader_.parts()) favourite = task->part;
      Finish(*task, std::move(reason));
    }
  }

  std::optional<std::string> Read(const Task& task, FrameReader& reader,
                                  const std::stop_token& stop) const {
    try {
      reader_.Read(task.part, task.flight->samples, reader, stop, task.flight->batch);
      return std::nullopt;
    } catch (const std::exception& e) {
      return e.what();
    }
  }

  std::optional<Task> TakeTask(int64_t favourite) {
    for (const auto& flight : flights_)
      if (const auto part = TakePart(*flight, favourite))
        return Task{flight.get(), *part};
    if (broken_ || static_cast<int64_t>(flights_.size()) >= most_) return std::nullopt;
    try {
      Flight& flight = Launch();
      return Task{&flight, *TakePart(flight, favourite)};
    } catch (const std::exception& e) {
      broken_ = e.what();
      done_.notify_all();
      return std::nullopt;
    }
  }

  static std::optional<int64_t> TakePart(Flight& flight, int64_t favourite) {
    auto part = flight.begun.begin() + favourite;
    if (*part) part = std::find(flight.begun.begin(), flight.begun.end(), false);
    if (part == flight.begun.end()) return std::nullopt;
    *part = true;
    return part - flight.begun.begin();
  }

  Flight& Launch() {
    std::unique_ptr<Flight> flight = std::make_unique<Flight>();
    if (!spare_.empty()) {
      flight = std::move(spare_.back());
      spare_.pop_back();
    }
    flight->samples = order_.BatchAt(planned_);
    flight->batch.position = planned_;
    flight->begun.assign(static_cast<size_t>(reader_.parts()), false);
    flight->unfinished = reader_.parts();
    flight->reason.reset();
    reader_.Prepare(flight->samples, flight->batch);
    planned_ = order_.After(planned_);
    flights_.push_back(std::move(flight));
    return *flights_.back();
  }

  void Finish(const Task& task, std::optional<std::string> reason) {
    Flight& flight = *task.flight;
    if (reason && (!flight.reason || task.part < flight.failed_part)) {
      flight.reason = std::move(reason);
      flight.failed_part = task.part;
    }
    if (--flight.unfinished == 0) done_.notify_all();
  }

  const BatchReader reader_;
  const int64_t most_;                                 // flights
  std::vector<std::unique_ptr<FrameReader>> readers_;  // each of one thread

  // The caller's.
  LoaderPosition next_;
  std::unique_ptr<Flight> held_;  // what Next() gave last

  std::mutex mutex_;  // guards all below
  std::condition_variable_any work_;
  std::condition_variable done_;
  BatchOrder order_;
  LoaderPosition planned_;  // where the next flight begins
  std::deque<std::unique_ptr<Flight>> flights_;
  std::vector<std::unique_ptr<Flight>> spare_;  // whose memory is used again
  std::optional<std::string> broken_;           // why none can follow: no memory

  std::vector<std::jthread> threads_;  // the last, so that they end first
};

Loader::Loader(const Dataset& dataset, const LoaderOptions& options) {
  SVLA_CHECK(options.order.batch >= 1 && options.threads >= 1 && options.prefetch >= 1);
  ahead_ = std::make_unique<Ahead>(dataset, options);
}
Loader::~Loader() = default;

int64_t Loader::frames() const { return ahead_->frames(); }
const Batch& Loader::Next() { return ahead_->Next(); }
LoaderPosition Loader::position() const { return ahead_->position(); }
void Loader::Seek(const LoaderPosition& position) { ahead_->Seek(position); }

}  // namespace svla
