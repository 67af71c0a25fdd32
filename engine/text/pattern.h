// Regular expressions (RE2: linear time, no backtracking), compiled at first use.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace domicile {

class Pattern {
 public:
  explicit Pattern(std::string expression);
  ~Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;

  const std::string& expression() const { return expression_; }
  // Empty when the expression is well formed, else what is wrong with it. Compiles.
  std::string Problem() const;
  // Searches anywhere; anchors are the expression's business. False for an expression that is not well formed.
  // Safe to call from several threads.
  bool Search(std::string_view text) const;
  // Named groups and what they matched, in order of their number; groups that took no part are left out.
  bool Capture(std::string_view text, std::vector<std::pair<std::string, std::string>>* groups) const;
  // The same as offsets into the text.
  struct Part {
    std::string name;
    size_t begin = 0, end = 0;
  };
  bool CaptureParts(std::string_view text, std::vector<Part>* parts) const;

 private:
  struct State;
  std::string expression_;
  std::unique_ptr<State> state_;
};

}  // namespace domicile
