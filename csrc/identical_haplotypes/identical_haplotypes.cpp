// Classes of identical haplotypes are split site by site: those of the rarer allele leave their classes, and most sites
// have few. Sums over all classes follow from the sizes of those that are split.
#include "identical_haplotypes/identical_haplotypes.h"

#include <bit>
#include <cstdlib>
#include <utility>

#include "common/interruption.h"
#include "common/parallel_for.h"

namespace artgen::identical_haplotypes {
namespace {

constexpr std::int64_t kSitesBetweenQuestions = 64;

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

std::int64_t pairs_of(std::int64_t haplotypes) { return haplotypes * (haplotypes - 1) / 2; }

// The bits of a site that are haplotypes, and not padding between groups.
std::vector<std::uint64_t> held_bits(const Panel& panel) {
  std::vector<std::uint64_t> held(at(panel.words), 0);
  for (std::int64_t group = 0; group < panel.groups; ++group) {
    std::int64_t left = panel.group_sizes[group];
    for (std::int64_t word = panel.group_words[group]; left > 0; ++word, left -= 64) {
      held[at(word)] = left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
    }
  }
  return held;
}

std::vector<std::int64_t> groups_of_words(const Panel& panel) {
  std::vector<std::int64_t> groups(at(panel.words), 0);
  for (std::int64_t group = 0; group < panel.groups; ++group) {
    for (std::int64_t word = panel.group_words[group]; word < panel.group_words[group + 1]; ++word) {
      groups[at(word)] = group;
    }
  }
  return groups;
}

// Some haplotypes, all in one class at first.
class Classes {
 public:
  // `kept` are the haplotypes, by bit; `group_of_word` is for as many groups as are to be counted apart.
  Classes(std::vector<std::uint64_t> kept, const std::vector<std::int64_t>& group_of_word, std::int64_t groups)
      : kept_(std::move(kept)), group_of_word_(group_of_word), groups_(groups) {
    std::vector<std::int64_t> in_group(at(groups_), 0);
    for (std::size_t word = 0; word < kept_.size(); ++word) {
      haplotypes_ += std::popcount(kept_[word]);
      if (groups_ > 0) in_group[at(group_of_word_[word])] += std::popcount(kept_[word]);
    }
    class_of_.assign(64 * kept_.size(), 0);
    sizes_.assign(at(haplotypes_) + 1, 0);
    leaving_.assign(sizes_.size(), 0);
    new_class_.resize(sizes_.size());
    touched_.resize(sizes_.size());
    group_sizes_.assign(sizes_.size() * at(groups_), 0);
    sizes_[0] = haplotypes_;
    pairs_.push_back(pairs_of(haplotypes_));
    for (std::int64_t group = 0; group < groups_; ++group) {
      group_sizes_[at(group)] = in_group[at(group)];
      pairs_.push_back(pairs_of(haplotypes_ - in_group[at(group)]));
    }
  }

  // Splits every class by the alleles at a site.
  void split(const std::uint64_t* site) {
    std::int64_t ones = 0;
    for (std::size_t word = 0; word < kept_.size(); ++word) ones += std::popcount(kept_[word] & site[word]);
    if (ones == 0 || ones == haplotypes_) return;
    const std::uint64_t flip = 2 * ones > haplotypes_ ? ~std::uint64_t{0} : 0;
    std::int64_t touched = 0;
    for_each_leaving(site, flip, [&](std::size_t, std::int32_t& own) {
      if (leaving_[at(own)]++ == 0) touched_[at(touched++)] = own;
    });
    for (std::int64_t i = 0; i < touched; ++i) {
      const std::int32_t old = touched_[at(i)];
      const bool whole = leaving_[at(old)] == sizes_[at(old)];
      new_class_[at(old)] = whole ? old : static_cast<std::int32_t>(classes_);
      if (!whole) sizes_[at(classes_++)] = leaving_[at(old)];
    }
    for_each_leaving(site, flip, [&](std::size_t word, std::int32_t& own) {
      const std::int32_t to = new_class_[at(own)];
      if (to == own) return;
      own = to;
      if (groups_ > 0) ++group_sizes_[at(to * groups_ + group_of_word_[word])];
    });
    for (std::int64_t i = 0; i < touched; ++i) take_from(touched_[at(i)]);
  }

  // Pairs within the classes, of all haplotypes and without those of each group.
  const std::vector<std::int64_t>& pairs() const { return pairs_; }

  // Class of each haplotype, numbered by first appearance.
  void write(std::int32_t* classes) const {
    std::vector<std::int32_t> number(at(classes_), -1);
    std::int32_t seen = 0;
    for (std::size_t word = 0; word < kept_.size(); ++word) {
      for (std::uint64_t left = kept_[word]; left != 0; left &= left - 1) {
        std::int32_t& own = number[at(class_of_[64 * word + static_cast<std::size_t>(std::countr_zero(left))])];
        if (own < 0) own = seen++;
        *classes++ = own;
      }
    }
  }

 private:
  // Calls take(word, class) for every haplotype of the rarer allele.
  template <typename Take>
  void for_each_leaving(const std::uint64_t* site, std::uint64_t flip, const Take& take) {
    for (std::size_t word = 0; word < kept_.size(); ++word) {
      for (std::uint64_t left = kept_[word] & (site[word] ^ flip); left != 0; left &= left - 1) {
        take(word, class_of_[64 * word + static_cast<std::size_t>(std::countr_zero(left))]);
      }
    }
  }

  // Takes those that have left a class from its sizes, and the pairs between both parts from the sums.
  void take_from(std::int32_t old) {
    const std::int32_t to = new_class_[at(old)];
    leaving_[at(old)] = 0;
    if (to == old) return;
    const std::int64_t gone = sizes_[at(to)], stay = sizes_[at(old)] -= gone;
    pairs_[0] -= gone * stay;
    const std::int64_t* group_gone = group_sizes_.data() + to * groups_;
    std::int64_t* group_stay = group_sizes_.data() + old * groups_;
    for (std::int64_t group = 0; group < groups_; ++group) {
      group_stay[group] -= group_gone[group];
      pairs_[at(1 + group)] -= (gone - group_gone[group]) * (stay - group_stay[group]);
    }
  }

  const std::vector<std::uint64_t> kept_;
  const std::vector<std::int64_t>& group_of_word_;
  const std::int64_t groups_;
  std::int64_t haplotypes_ = 0, classes_ = 1;
  std::vector<std::int32_t> class_of_;             // by bit
  std::vector<std::int64_t> sizes_, group_sizes_;  // of each class; and of its groups, of which new ones have 0
  std::vector<std::int64_t> leaving_;              // all 0 between splits
  std::vector<std::int32_t> new_class_, touched_;  // of a class whose haplotypes leave; such classes
  std::vector<std::int64_t> pairs_;
};

std::vector<std::int64_t> walk(const Panel& panel, const std::vector<std::uint64_t>& held,
                               const std::vector<std::int64_t>& group_of_word, const Walk& from, double least) {
  std::vector<std::uint64_t> carriers(held);
  const std::uint64_t* core = panel.site(from.core);
  for (std::size_t word = 0; word < carriers.size(); ++word) carriers[word] &= from.allele ? core[word] : ~core[word];
  Classes classes(std::move(carriers), group_of_word, panel.groups);
  const std::vector<std::int64_t> at_core = classes.pairs();
  std::vector<std::int64_t> steps(at_core);
  const auto is_over = [&] {
    for (std::size_t column = 0; column < at_core.size(); ++column) {
      const auto all = static_cast<double>(at_core[column]);
      if (at_core[column] != 0 && static_cast<double>(classes.pairs()[column]) >= least * all) return false;
    }
    return true;
  };
  const std::int64_t direction = from.end > from.core ? 1 : -1;
  for (std::int64_t step = 1; step < std::abs(from.end - from.core) && !is_over(); ++step) {
    classes.split(panel.site(from.core + direction * step));
    steps.insert(steps.end(), classes.pairs().begin(), classes.pairs().end());
    if (step % kSitesBetweenQuestions == 0) end_if_interrupted();
  }
  return steps;
}

}  // namespace

std::vector<std::vector<std::int64_t>> identical_pairs(const Panel& panel, const std::vector<Walk>& walks, double least,
                                                       int threads) {
  const auto held = held_bits(panel);
  const auto group_of_word = groups_of_words(panel);
  std::vector<std::vector<std::int64_t>> found(walks.size());
  parallel_for(threads, static_cast<std::int64_t>(walks.size()), [&](int, std::int64_t task) {
    found[at(task)] = walk(panel, held, group_of_word, walks[at(task)], least);
  });
  return found;
}

void haplotype_classes(const Panel& panel, const std::int64_t* begins, const std::int64_t* ends, std::int64_t windows,
                       std::int32_t* classes, int threads) {
  const auto held = held_bits(panel);
  const std::vector<std::int64_t> no_groups;
  std::int64_t haplotypes = 0;
  for (std::int64_t group = 0; group < panel.groups; ++group) haplotypes += panel.group_sizes[group];
  parallel_for(threads, windows, [&](int, std::int64_t window) {
    Classes found(held, no_groups, 0);
    for (std::int64_t site = begins[window]; site < ends[window]; ++site) {
      found.split(panel.site(site));
      if (site % kSitesBetweenQuestions == 0) end_if_interrupted();
    }
    found.write(classes + window * haplotypes);
  });
}

}  // namespace artgen::identical_haplotypes
