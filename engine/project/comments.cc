#include <algorithm>
#include <iterator>
#include <tuple>

#include <fmt/format.h>

#include "engine/parse/parse.h"
#include "engine/project/project.h"
#include "engine/text/escape.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

constexpr std::string_view kPrefix = "domicile:";
constexpr size_t kMostWaivers = 1000;   // Of one file: each is held against every finding of it.
constexpr std::string_view kHelp = "write `# domicile: waive CHECK until 2027-01-31: reason`";
// What people write who know other tools.
constexpr std::string_view kOtherWords[] = {"allow", "disable", "ignore", "skip", "suppress", "waiver"};

// Reads one comment; `text` is what stands behind `domicile:`.
class CommentReader {
 public:
  CommentReader(const Sources& sources, const PlacedComment& placed, const Knowledge& knowledge, Diagnostics& diagnostics)
      : comment_(placed.comment), line_(sources.PositionOf(placed.comment.span.source, placed.about).line), knowledge_(knowledge), diagnostics_(diagnostics) {}

  std::vector<Waiver> Read() {
    std::string_view rest = Trim(comment_.text.substr(kPrefix.size()));
    const std::string_view word = rest.substr(0, rest.find_first_of(" \t:"));
    if (word != "waive") {
      // Other comments may well start with our name.
      constexpr std::string_view kWaive[] = {"waive"};
      if (std::find(std::begin(kOtherWords), std::end(kOtherWords), word) != std::end(kOtherWords) || !Closest(word, kWaive).empty())
        Error(word, fmt::format("`{}` where `waive` is expected", word));
      return {};
    }
    rest = Trim(rest.substr(word.size()));
    const size_t until = rest.starts_with("until ") ? 0 : rest.find(" until ");
    const std::string_view ids = Trim(rest.substr(0, until));
    if (ids.empty()) return Error(word, "a waiver names no check and no policy");
    if (until == std::string_view::npos) return Error(ids, "a waiver has no `until`");
    const std::string_view tail = Trim(rest.substr(rest.find("until", until) + 5));
    const size_t colon = tail.find(':');
    const std::string_view day = Trim(tail.substr(0, std::min(colon, tail.find(' '))));
    const auto date = ParseDate(day);
    if (!date) return Error(day.empty() ? rest : day, fmt::format("`{}` is not a date", day));
    const std::string_view between = Trim(tail.substr(day.size(), colon == std::string_view::npos ? colon : colon - day.size()));
    if (!between.empty()) return Error(between, fmt::format("`{}` where `:` and a reason are expected", between));
    const std::string_view reason = colon == std::string_view::npos ? std::string_view() : Trim(tail.substr(colon + 1));
    if (reason.empty()) return Error(day, "a waiver gives no reason");
    return ReadIds(ids, *date, reason);
  }

 private:
  std::vector<Waiver> Error(std::string_view part, std::string message, std::string help = std::string(kHelp)) {
    diagnostics_.Error(SpanOf(part), std::move(message)).help = std::move(help);
    return {};
  }

  // Of a part of the comment.
  Span SpanOf(std::string_view part) const {
    if (part.empty()) return comment_.span;
    const auto begin = comment_.span.begin + static_cast<uint32_t>(part.data() - comment_.text.data());
    return {comment_.span.source, begin, begin + static_cast<uint32_t>(part.size())};
  }

  std::vector<Waiver> ReadIds(std::string_view ids, Date until, std::string_view reason) {
    std::vector<Waiver> waivers;
    for (size_t begin = 0; begin <= ids.size();) {
      const size_t end = std::min(ids.find(',', begin), ids.size());
      const std::string_view id = Trim(ids.substr(begin, end - begin));
      begin = end + 1;
      Waiver waiver;
      waiver.id = std::string(id);
      waiver.line = line_;
      waiver.in_source = true;
      waiver.until = until;
      waiver.reason = std::string(reason);
      waiver.span = SpanOf(id);
      std::tie(waiver.policy, waiver.check) = knowledge_.FindCheck(id);
      if (!waiver.policy) waiver.policy = knowledge_.FindPolicy(id);
      if (id.empty() || (!waiver.policy && knowledge_.HasBuiltinPolicies())) {
        std::vector<std::string_view> names;
        for (const auto& policy : knowledge_.policies) {
          names.push_back(policy->id);
          for (const Check& check : policy->checks()) names.push_back(check.id);
        }
        std::string help = DidYouMean(id, names);
        if (help.empty()) help = "findings name their check, and `domicile list policies` shows the policies";
        if (id.empty()) return Error(ids, "a waiver names no check and no policy");
        return Error(id, fmt::format("there is no check and no policy `{}`", id), std::move(help));
      }
      waivers.push_back(std::move(waiver));
    }
    return waivers;
  }

  const Comment& comment_;
  uint32_t line_;
  const Knowledge& knowledge_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::vector<Waiver> ReadWaivers(const Sources& sources, uint32_t source, std::span<const Document> documents, const Knowledge& knowledge, Diagnostics& diagnostics) {
  std::vector<Waiver> waivers;
  size_t wrong = 0;
  for (const PlacedComment& placed : CommentsThatStartWith(sources, source, documents, kPrefix)) {
    const size_t errors = diagnostics.error_count();
    std::vector<Waiver> read = CommentReader(sources, placed, knowledge, diagnostics).Read();
    wrong += diagnostics.error_count() - errors;
    if (waivers.size() + read.size() + wrong > kMostWaivers) {
      diagnostics.Error(placed.comment.span, fmt::format("more than {} waivers in one file", kMostWaivers)).help = "write them under `waivers` in .domicile.yaml, for a path";
      break;
    }
    std::move(read.begin(), read.end(), std::back_inserter(waivers));
  }
  return waivers;
}

}  // namespace domicile
