// A set of places: where something may happen. Members are small integers that the places stage assigns.
#pragma once
#include <array>
#include <cstdint>

namespace domicile {

using PlaceId = uint16_t;               // A country or a subdivision; see Catalogue.
inline constexpr PlaceId kNoPlace = 0xffff;
inline constexpr size_t kMaxPlaces = 1024;

struct PlaceSet {
  std::array<uint64_t, kMaxPlaces / 64> bits{};
  bool open = false;    // May hold more than the bits say: part of it is unknown.
  bool anywhere = false;  // Every place: printed as "anywhere". The bits hold every country.
  bool every = false;   // All of them happen (subjects, access_from); otherwise any one of them may.

  void Add(PlaceId place) { bits[place / 64] |= uint64_t{1} << (place % 64); }
  bool Has(PlaceId place) const { return bits[place / 64] >> (place % 64) & 1; }
  void AddAll(const PlaceSet& other) {
    for (size_t i = 0; i < bits.size(); ++i) bits[i] |= other.bits[i];
    open = open || other.open;
    anywhere = anywhere || other.anywhere;
  }
  bool empty() const {
    for (uint64_t word : bits)
      if (word) return false;
    return true;
  }
  size_t count() const {
    size_t n = 0;
    for (uint64_t word : bits) n += static_cast<size_t>(__builtin_popcountll(word));
    return n;
  }
  template <class Visit>
  void ForEach(Visit visit) const {
    for (size_t i = 0; i < bits.size(); ++i)
      for (uint64_t word = bits[i]; word; word &= word - 1)
        visit(static_cast<PlaceId>(i * 64 + static_cast<size_t>(__builtin_ctzll(word))));
  }
  friend bool operator==(const PlaceSet&, const PlaceSet&) = default;
};

}  // namespace domicile
