/* What the search lists first: chapters, then the other pages, then the reference of the package. */
var Scorer = {
  score: ([page, _title, _anchor, _description, score]) =>
    score + (page.startsWith("chapters/") ? 20 : page.startsWith("api/") ? -100 : 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
