"""meta_folding, dim_keyword, dim_organization: spellings that the data itself proves to be one."""

import pytest

FOLDED = "SELECT name, canonical_name, rule FROM meta_folding ORDER BY name"


def add(lake, counts, first=1):
    """Add papers, each with one keyword: `counts` says how many of each."""
    keywords = [keyword for keyword, papers in counts.items() for _ in range(papers)]
    for number, keyword in enumerate(keywords, start=first):
        lake.entry(f"2501.{number:05}", keywords=[keyword])


@pytest.mark.parametrize(
    ("counts", "folded"),
    [
        ({"large models (lms)": 1, "large models": 2}, [("large models (lms)", "large models", "parentheses")]),
        ({"lm (large model)": 1, "large model": 2}, [("lm (large model)", "large model", "parentheses")]),
        ({"diffusion transformer (dit)": 1, "diffusion transformer": 1}, [
            ("diffusion transformer (dit)", "diffusion transformer", "parentheses"),
        ]),
        ({"curriculum learning (rl)": 1, "curriculum learning": 2}, []),
        ({"so(d)": 1, "so": 2, "sets (of sets) (s)": 1, "sets": 1, "models ()": 1}, []),
        ({"agent": 1, "agents": 2}, [("agent", "agents", "plural")]),
        ({"policies": 1, "policy": 1}, [("policy", "policies", "plural")]),
        ({"losses": 1, "loss": 2, "bias": 1, "analysis": 1, "physics": 1, "physic": 1}, [("losses", "loss", "plural")]),
        ({"news": 1}, []),
        ({"chain of thought": 1, "chain-of-thought": 2}, [("chain of thought", "chain-of-thought", "hyphen")]),
        ({"pretraining": 1, "pre-training": 1}, [("pretraining", "pre-training", "hyphen")]),
        ({"강화 학습": 1, "강화학습": 2}, [("강화 학습", "강화학습", "hyphen")]),
    ],
)  # fmt: skip
def test_spellings_are_folded_by_a_rule(lake, counts, folded):
    add(lake, counts)
    assert lake.build().rows(FOLDED) == folded


@pytest.mark.parametrize(
    ("spelled_out", "folded"),
    [
        ({"language model (lm)": 2}, False),
        ({"language model (lm)": 3}, True),
        ({"language models (lms)": 2, "language model (lm)": 1}, True),
        ({"language model (lm)": 9, "linear memory (lm)": 1}, True),
        ({"language model (lm)": 9, "linear memory (lm)": 2}, False),
    ],
)
def test_an_abbreviation_needs_papers_that_spell_it_out_and_hardly_any_that_do_so_otherwise(lake, spelled_out, folded):
    add(lake, {"lm": 1} | spelled_out)
    canonical = lake.build().row("SELECT canonical_keyword FROM dim_keyword WHERE keyword = 'lm'")
    assert (canonical != "lm") is folded


def test_what_is_spelled_out_stands_for_its_abbreviation_however_rare_and_the_evidence_is_shown(lake):
    add(lake, {"grpo": 5, "group policy (gp)": 3, "gp": 7, "group policy": 1, "gps": 2})
    warehouse = lake.build()
    assert warehouse.rows("SELECT DISTINCT canonical_keyword FROM dim_keyword ORDER BY ALL") == ["group policy", "grpo"]
    evidence = "SELECT rule, evidence, papers, canonical_papers FROM meta_folding WHERE name = 'gp'"
    assert warehouse.row(evidence) == ("abbreviation", "3 of 3 papers that spell it out say so", 7, 1)


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
