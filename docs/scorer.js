/* What a search puts first: guide pages and recipes, then the reference; what was and is last. */
var Scorer = {
  score: ([page, , , , score]) => {
    if (/^(changelog|deviations|comparison|contributing)$/.test(page)) return score - 200;
    if (/^(guide|recipes)\//.test(page)) return score + 20;
    return score;
  },

  // The rest is as Sphinx has it.
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
