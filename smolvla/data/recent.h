// The things used last, as many as a budget allows.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <utility>

namespace svla {

template <class Key, class Value>
class Recent {
 public:
  explicit Recent(int64_t budget) : budget_(budget) {}

  // The value kept under `key`, or else make()'s, kept from now on. cost(value) counts
  // against the budget; the newest is kept whatever it costs. The reference holds until
  // the next call.
  template <class Make, class Cost>
  Value& Get(const Key& key, Make make, Cost cost) {
    if (const auto found = places_.find(key); found != places_.end()) {
      kept_.splice(kept_.begin(), kept_, found->second);
      return kept_.front().value;
    }
    Value value = make();
    kept_.push_front({key, std::move(value), 0});
    places_[key] = kept_.begin();
    Charge(cost(kept_.front().value));
    return kept_.front().value;
  }

  // Counts so much more against the budget for the value that Get gave last, which has
  // grown. Requires one.
  void Charge(int64_t more) {
    kept_.front().price += more;
    spent_ += more;
    while (spent_ > budget_ && kept_.size() > 1) Drop();
  }

  int64_t spent() const { return spent_; }

 private:
  struct Item {
    Key key;
    Value value;
    int64_t price;
  };
  void Drop() {
    spent_ -= kept_.back().price;
    places_.erase(kept_.back().key);
    kept_.pop_back();
  }

  int64_t budget_;
  int64_t spent_ = 0;
  std::list<Item> kept_;  // newest first
  std::map<Key, typename std::list<Item>::iterator> places_;
};

}  // namespace svla
