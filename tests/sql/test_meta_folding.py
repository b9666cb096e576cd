"""meta_folding, dim_keyword, dim_organization: spellings that the data itself proves to be one."""

import pytest

from tests.sql.conftest import Lake

FOLDED = "SELECT name, canonical_name, rule FROM meta_folding ORDER BY name"

CASES = {
    "an abbreviation in parentheses names itself": (
        {"large models (lms)": 1, "large models": 2},
        [("large models (lms)", "large models", "parentheses")],
    ),
    "so it does where it stands first": (
        {"dn (deep network)": 1, "deep network": 2},
        [("dn (deep network)", "deep network", "parentheses")],
    ),
    "what is spelled out stands for it where it is as rare": (
        {"diffusion transformer (dit)": 1, "diffusion transformer": 1},
        [("diffusion transformer (dit)", "diffusion transformer", "parentheses")],
    ),
    "letters that do not stand in it are no abbreviation": (
        {"curriculum learning (rl)": 1, "curriculum learning": 2},
        [],
    ),
    "nor are one letter, two pairs of parentheses or none": (
        {"so(d)": 1, "so": 2, "sets (of sets) (s)": 1, "sets": 1, "models ()": 1},
        [],
    ),
    "a plural is its singular": ({"agent": 1, "agents": 2}, [("agent", "agents", "plural")]),
    "a plural in ies is one": ({"policies": 1, "policy": 1}, [("policy", "policies", "plural")]),
    "a plural in es is one, and words that end in s are none": (
        {"losses": 1, "loss": 2, "bias": 1, "analysis": 1, "physics": 1, "physic": 1},
        [("losses", "loss", "plural")],
    ),
    "a word without its singular stays": ({"news": 1}, []),
    "hyphens are blanks": (
        {"chain of thought": 1, "chain-of-thought": 2},
        [("chain of thought", "chain-of-thought", "hyphen")],
    ),
    "hyphens are nothing": ({"pretraining": 1, "pre-training": 1}, [("pretraining", "pre-training", "hyphen")]),
    "blanks are nothing": ({"강화 학습": 1, "강화학습": 2}, [("강화 학습", "강화학습", "hyphen")]),
    # An abbreviation needs three papers that spell it out, and hardly any that do so otherwise.
    "two papers that spell it out are too few": ({"kv": 1, "key value (kv)": 2}, []),
    "three papers that spell it out are enough": (
        {"gn": 1, "graph network (gn)": 3},
        [("gn", "graph network (gn)", "abbreviation")],
    ),
    "papers that spell it out in the plural count as well": (
        {"vt": 1, "vision transformers (vts)": 2, "vision transformer (vt)": 1},
        [
            ("vision transformer (vt)", "vision transformers (vts)", "parentheses"),
            ("vt", "vision transformers (vts)", "abbreviation"),
        ],
    ),
    "one in ten papers may spell it out otherwise": (
        {"mf": 1, "mean field (mf)": 9, "matrix factor (mf)": 1},
        [("mf", "mean field (mf)", "abbreviation")],
    ),
    "two in eleven papers may not": ({"pg": 1, "policy gradient (pg)": 9, "page graph (pg)": 2}, []),
    "what is spelled out stands for its abbreviation however rare": (
        {"grpo": 5, "group policy (gp)": 3, "gp": 7, "group policy": 1, "gps": 2},
        [
            ("gp", "group policy", "abbreviation"),
            ("gps", "group policy", "abbreviation"),
            ("group policy (gp)", "group policy", "parentheses"),
        ],
    ),
}
"""How many papers have each keyword of a case, and for which another one stands. No two cases share a spelling."""


@pytest.fixture(scope="module")
def cases():
    """Return the warehouse of all cases, in which each paper has one keyword."""
    lake = Lake()
    papers = [keyword for counts, _ in CASES.values() for keyword, papers in counts.items() for _ in range(papers)]
    for number, keyword in enumerate(papers):
        lake.entry(f"2501.{number:05}", keywords=[keyword])
    return lake.build()


@pytest.mark.parametrize("case", CASES)
def test_spellings_are_folded_by_a_rule(cases, case):
    counts, folded = CASES[case]
    assert [row for row in cases.rows(FOLDED) if row[0] in counts or row[1] in counts] == folded


def test_the_evidence_of_an_abbreviation_is_shown(cases):
    evidence = "SELECT rule, evidence, papers, canonical_papers FROM meta_folding WHERE name = 'gp'"
    assert cases.row(evidence) == ("abbreviation", "3 of 3 papers that spell it out say so", 7, 1)


def test_a_paper_with_two_spellings_counts_once_and_its_keywords_stay_as_they_are(lake):
    lake.entry("2501.00001", votes=4, keywords=["agents", "agent"])
    lake.entry("2501.00002", votes=1, keywords=["agents"])
    warehouse = lake.build()
    assert warehouse.rows("SELECT keyword, papers, votes, share FROM mart_keyword_month") == [("agents", 2, 5, 1.0)]
    assert warehouse.row("SELECT count(*) FROM bridge_paper_keyword") == 3


def test_organisations_with_one_full_name_are_one(lake):
    for number, (name, full_name) in enumerate(
        [
            ("uni", "The University"),
            ("uni-lab", "The university"),
            ("uni", "The University"),
            ("other", None),
            ("x", None),
        ]
    ):
        lake.entry(f"2501.0000{number}", organization=name, organization_full_name=full_name, votes=number)
    warehouse = lake.build()
    assert warehouse.rows(FOLDED) == [("uni-lab", "uni", "full name")]
    columns = "name, full_name, names, papers, votes"
    assert warehouse.rows(f"SELECT {columns} FROM mart_organization ORDER BY papers DESC, name") == [
        ("uni", "The University", 2, 3, 3),
        ("other", None, 1, 1, 3),
        ("x", None, 1, 1, 4),
    ]
    assert warehouse.rows("SELECT DISTINCT organization FROM mart_paper ORDER BY ALL") == ["other", "uni", "x"]
