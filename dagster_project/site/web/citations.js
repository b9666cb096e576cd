// Reads how papers are cited. A file of the site holds the citations of the papers that were first listed in a month.

// The forms, each with its name and the ending of its files.
export const FORMS = { bibtex: ["BibTeX", "bib"], ris: ["RIS", "ris"], csl: ["CSL-JSON", "csl.json"] };

// Returns the citations of papers as one text; each paper is its arXiv id and the day when it was first listed.
export async function cite(papers, form) {
  const months = new Map();
  for (const [, listedOn] of papers) {
    const month = listedOn.slice(0, 7);
    if (!months.has(month)) months.set(month, load(month));
  }
  const cited = await Promise.all(papers.map(async ([id, listedOn]) => (await months.get(listedOn.slice(0, 7)))[id][form]));
  return form === "csl" ? `${JSON.stringify(cited, null, 2)}\n` : cited.join("\n");
}

async function load(month) {
  const answer = await fetch(new URL(`../citations/${month}.json`, import.meta.url));
  if (!answer.ok) throw new Error(`the citations of ${month} could not be loaded: ${answer.status} ${answer.statusText}`);
  return (await answer.json()).papers;
}
