// What the addresses of a placement say: its endpoint, its bucket, the registry of its image, and its model id.
#pragma once
#include <string>
#include <vector>

#include "engine/places/derivation.h"

namespace domicile {

// A region that an address names, where one is declared.
struct AddressedRegion {
  std::string address, region;
  Span span;
};

struct Addresses {
  std::string host;                       // That is called or pulled from:
  bool closed = false;                    // not reached over the public internet,
  bool matched = false;                   // somebody's who is known,
  bool unknown_host = false;              // or nobody knows it.
  std::vector<AddressedRegion> regions;
  const Provider* other = nullptr;        // Who is called, when that is not who is named.
  std::string other_reason;
};

// Adds the provider, the service, the region, the deployment type and the activity that follow from the addresses.
Addresses ReadAddresses(Derivation& derivation);

}  // namespace domicile
