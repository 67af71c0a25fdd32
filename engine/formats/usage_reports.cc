// Which software of a container reports to its maker how it is used, and whether its settings keep it from that.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/formats/terms.h"
#include "engine/formats/workload_reader.h"
#include "engine/text/escape.h"

namespace domicile {

// Software that runs here and reports how it is used. The places stage drops these placements where no air gap is promised.
void WorkloadReader::ReadUsageReports(const std::vector<Meaning>& images, const std::vector<CommandWord>& words, const Lookup& lookup) {
  const auto fits = [](std::string_view word, std::string_view wanted) {
    return wanted.ends_with('*') ? word.starts_with(wanted.substr(0, wanted.size() - 1)) : word == wanted;
  };
  // Where the words follow each other; the first one may have a path in front.
  const auto find = [&](const std::vector<std::string>& wanted) -> const CommandWord* {
    for (size_t i = 0; i + wanted.size() <= words.size(); ++i) {
      bool all = !wanted.empty();
      for (size_t k = 0; all && k < wanted.size(); ++k) all = fits(k == 0 ? BaseName(words[i + k].value.text) : std::string_view(words[i + k].value.text), wanted[k]);
      if (all) return &words[i];
    }
    return nullptr;
  };
  for (const auto& file : context_.formats->usage_reports) {
    for (const UsageReport& report : file->Get()) {
      Span span;
      for (const Meaning& image : images)
        if (report.RunsIn(image.text)) span = image.span;
      for (size_t i = 0; i < report.commands.size() && !span.known(); ++i)
        if (const CommandWord* word = find(report.commands[i])) span = word->value.span;
      if (!span.known()) continue;
      const Meaning* unsure = nullptr;
      const bool off = std::any_of(report.off.begin(), report.off.end(), [&](const UsageReport::Off& one) {
        if (!one.flag.empty()) return find(one.flag) != nullptr;
        for (const std::string& name : one.variables) {
          const Meaning* value = lookup(name);
          if (value && !value->known()) unsure = value;
          else if (value && one.value->Search(value->text)) return true;
        }
        return false;
      });
      if (off) continue;
      std::vector<std::string> switches;
      for (const UsageReport::Off& one : report.off) {
        for (const std::string& name : one.variables) switches.push_back(fmt::format("`{}`", name));
        if (!one.flag.empty()) switches.push_back(fmt::format("`{}`", fmt::join(one.flag, " ")));
      }
      Facts facts;
      Fact endpoint;
      endpoint.id = known_.endpoint;
      endpoint.span = unsure ? unsure->span : span;
      endpoint.hidden = unsure != nullptr;
      if (unsure) endpoint.reason = unsure->Reason();
      endpoint.terms.push_back(Term{.text = report.host, .span = endpoint.span, .hidden = endpoint.hidden});
      endpoint.because.Add(Because{.text = fmt::format("{} reports how it is used, unless {} says otherwise", report.software, Joined(switches)), .span = span, .source = report.source, .read = report.read});
      facts.Set(known_.endpoint) = endpoint;
      ReadFactText(known_.activity, "usage-report", {}, vocabulary_, {}, *context_.diagnostics, facts);
      if (!unsure) {
        Fact& outside = facts.Set(known_.is_public);
        outside.number = 1;
        outside.span = span;
        outside.because = endpoint.because;
      }
      Push(fmt::format("usage reports of {}", report.software), span, std::move(facts), false, false);
    }
  }
}

}  // namespace domicile
