#include "engine/policy/place_list.h"

#include <fmt/format.h>

#include "engine/parse/fields.h"

namespace domicile {
namespace {

class PlaceListReader {
 public:
  PlaceListReader(const ConditionScope& scope, Diagnostics& diagnostics) : scope_(scope), diagnostics_(diagnostics) {}

  std::unique_ptr<PlaceList> Read(Value value) {
    auto list = std::make_unique<PlaceList>();
    list->members.emplace_back();   // Plain places and groups are gathered in the first member.
    if (value.is_scalar()) {
      if (!Item(value, *list)) return nullptr;
    } else if (value.is_sequence()) {
      bool good = true;
      for (size_t i = 0; i < value.size(); ++i) good = Item(value.item(i), *list) && good;
      if (!good) return nullptr;
    } else {
      diagnostics_.Error(value.span(), fmt::format("{} here, where a list of places is expected", KindName(value)));
      return nullptr;
    }
    for (const PlaceMember& member : list->members)
      if (member.when.empty())
        member.places.ForEach([&](PlaceId place) {
          const PlaceId country = scope_.catalogue->place(place).country;
          if (country != kNoPlace && !member.places.Has(country)) list->parts.Add(country);
        });
    return list;
  }

 private:
  struct Qualifier {
    std::optional<Date> since, until;
    std::vector<Value> when;
    bool plain() const { return !since && !until && when.empty(); }
  };

  bool Item(Value item, PlaceList& list) {
    Qualifier qualifier;
    std::string name;
    Span span = item.span();
    if (item.is_scalar()) {
      name = std::string(item.text());
    } else {
      Fields fields(item, "a qualified place", diagnostics_);
      const bool group = static_cast<bool>(item["group"]);
      name = fields.Need(group ? "group" : "place");
      span = item[group ? "group" : "place"].span();
      qualifier.since = fields.Day("since");
      qualifier.until = fields.Day("until");
      if (const Value when = fields.Get("when")) qualifier.when.push_back(when);
      fields.Text("note");
      fields.Done();
    }
    if (!list.text.empty()) list.text += ", ";
    list.text += name;
    return Add(name, span, qualifier, list, 0);
  }

  bool Add(const std::string& name, Span span, const Qualifier& qualifier, PlaceList& list, int depth) {
    if (const PlaceId place = scope_.catalogue->FindPlace(name); place != kNoPlace) {
      const PlaceSet whole = scope_.catalogue->Whole(place);
      if (qualifier.plain()) {
        list.members[0].places.AddAll(whole);
        return true;
      }
      PlaceMember member;
      member.places = whole;
      member.since = qualifier.since;
      member.until = qualifier.until;
      for (const Value when : qualifier.when) {
        Condition condition;
        if (ReadCondition(when, scope_, diagnostics_, condition) != ReadResult::kRead) return false;
        member.when.push_back(std::move(condition));
      }
      list.members.push_back(std::move(member));
      return true;
    }
    if (name == "anywhere") {
      for (PlaceId id = 0; id < scope_.catalogue->place_count(); ++id) list.members[0].places.Add(id);
      return true;
    }
    const Group* group = scope_.catalogue->FindGroup(name);
    if (!group || depth > 8) {
      diagnostics_.Error(span, fmt::format("`{}` is not a place", name)).help = scope_.catalogue->SuggestPlace(name);
      return false;
    }
    if (!group->complete) list.complete = false;
    for (const GroupMember& inner : group->members) {
      Qualifier combined = qualifier;
      if (inner.since && (!combined.since || *inner.since > *combined.since)) combined.since = inner.since;
      if (inner.until && (!combined.until || *inner.until < *combined.until)) combined.until = inner.until;
      if (inner.when) combined.when.push_back(inner.when);
      if (!Add(inner.name, inner.span, combined, list, depth + 1)) return false;
    }
    return true;
  }

  const ConditionScope& scope_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::unique_ptr<PlaceList> ReadPlaceList(Value value, const ConditionScope& scope, Diagnostics& diagnostics) {
  return PlaceListReader(scope, diagnostics).Read(value);
}

}  // namespace domicile
