"""search('words') and its like: papers that hold the words, best first, in Korean and English."""

from collections import Counter
from hashlib import md5

import duckdb
import pytest

from dagster_project.errors import ModelError
from dagster_project.models.catalog import load_macros
from dagster_project.models.engines import duckdb_engine as duck
from dagster_project.models.engines.duckdb_engine import create_macros
from tests.sql.conftest import Lake

TOKENS = {
    "강화": ["강화"],
    "강화학습": ["강화", "학습", "화학"],
    "강화학습을": ["강화", "습을", "학습", "화학"],
    "강화 학습": ["강화", "학습"],
    "강화\n\t학습": ["강화", "학습"],
    "강화·학습": ["강화", "학습"],
    "가나가나": ["가나", "가나", "나가"],
    "뇌": ["뇌"],
    "이 모델": ["모델", "이"],
    "가 나 다": ["가", "나", "다"],
    "\u1100\u1161\u11bc\u1112\u116a": ["강화"],
    "Reinforcement Learning": ["learning", "reinforcement"],
    "learning to learn": ["learn", "learning", "to"],
    "the the": ["the", "the"],
    "LLM을": ["llm", "을"],
    "LLM을 강화": ["llm", "강화", "을"],
    "대형언어모델(LLM)": ["llm", "대형", "모델", "어모", "언어", "형언"],
    "GPT-4o": ["4o", "gpt"],
    "gpt4o는": ["gpt4o", "는"],
    "3.5%": ["3", "5"],
    "state-of-the-art": ["art", "of", "state", "the"],
    "code_name": ["code", "name"],
    "it's": ["it", "s"],
    "Poincaré, naïve": ["naive", "poincare"],
    "Poincare\u0301": ["poincare"],
    "Μοντέλο": ["μοντελο"],
    "強化学習": ["強化学習"],
    "强化을": ["强化", "을"],
    "": [],
    " \n": [],
    "?!… — «»": [],
    "🤗": [],
    "a·b•c→d―e、f。g（h）i！j\u00a0k\u200bl\ufeffm": list("abcdefghijklm"),
    "5µm x² ªº": ["5µm", "x²", "ªº"],
    "🤗강화🤗": ["강화"],
    "%_*\\": [],
    "'; DROP TABLE dim_paper; --": ["dim", "drop", "paper", "table"],
    "\\p{L}+ (a|b)": ["a", "b", "l", "p"],
    "2410.16256v2": ["16256", "2410"],
    "(arXiv:2410.16256)을": ["16256", "2410", "을"],
    "https://arxiv.org/pdf/2410.16256v1.pdf": ["16256", "2410"],
    "https://huggingface.co/papers/2410.16256?x=1#top": ["16256", "2410"],
    "https://arxiv.org/abs/hep-th/9901001v3": ["9901001", "hep", "th"],
    "math.GT/0309136": ["0309136", "gt", "math"],
    "논문\u30002410.16256\u3000참고": ["16256", "2410", "논문", "참고"],
    "12410.162561": ["12410", "162561"],
}

MEETING = """
    agent agents, LLM LLMs, GPU GPUs, API APIs, policy policies, movie movies, class classes, box boxes,
    search searches, cache caches, base bases, case cases, bias biases, focus focuses, house houses, response responses,
    size sizes, hero heroes, analysis analyses, hypothesis hypotheses, array arrays, series series, 1990 1990s,
    model_x models_x
"""
APART = """
    the these, pass past, loss lose, less led, bus but, thesis the, matrix matrices, lens lenses, train training,
    us use, generate generation, his hi, is i, data datum
"""


@pytest.fixture(scope="module")
def tokens():
    """Return what makes terms of texts, which is as fast for many as for one."""
    with duckdb.connect() as connection:
        create_macros(connection, [macro for macro in load_macros() if not macro.is_table])
        sql = "SELECT search_tokens(text) FROM (SELECT unnest($1) AS text, generate_subscripts($1, 1) AS n) ORDER BY n"
        yield lambda *texts: [found for (found,) in connection.execute(sql, [list(texts)]).fetchall()]


def test_an_english_plural_meets_its_singular(tokens):
    pairs = [pair.split() for pair in MEETING.split(",")]
    singulars, plurals = (tokens(*words) for words in zip(*pairs, strict=True))
    both = tokens(*(f"{plural}, {singular}을" for singular, plural in pairs))
    for pair, singular, plural, found in zip(pairs, singulars, plurals, both, strict=True):
        assert sorted(singular) == sorted(plural), pair
        assert sorted(found) == sorted([*plural, *singular, "을"]), pair


def test_other_words_do_not_meet(tokens):
    for pair in APART.split(","):
        one, other = tokens(*pair.split())
        assert one != other, pair


def test_a_text_becomes_terms(tokens):
    for (text, expected), found in zip(TOKENS.items(), tokens(*TOKENS), strict=True):
        assert sorted(found) == expected, text


def test_no_text_has_no_terms(tokens):
    [none] = tokens(None)
    assert not none


@pytest.mark.parametrize(("text", "expected"), [("강화" * 20_000, 39_999), ("ab " * 20_000, 20_000)])
def test_a_very_long_text_is_taken_whole(tokens, text, expected):
    [found] = tokens(text)
    assert len(found) == expected


def test_a_very_long_word_is_one_term(tokens):
    assert tokens("a" * 100_000) == [["a" * 100_000]]


EDELWEISS = {"text": "Dahlia", "heading": "Edelweiss"}
NOWHERE = ["unheard", "없는말", "", " ", "🤗", "'", "%", "_", "';--", "\\", "\0", "$1", "a" * 100_000, None]

WORDS = {
    "every word of title, abstract and sections is found, but not of headings": (
        {
            "2501.00001": {"title": "Anemone", "abstract": "Begonia"},
            "2501.00002": {"source": "digest", "title": "Camellia", "sections": ["델타를 보였다.", EDELWEISS]},
        },
        {
            "anemone": ["2501.00001"],
            "BEGONIA": ["2501.00001"],
            "camellia": ["2501.00002"],
            "델타": ["2501.00002"],
            "dahlia": ["2501.00002"],
            "edelweiss": [],
        },
    ),
    "a Korean word with a Latin one in it is found by either": (
        {"2502.00001": {"source": "digest", "sections": ["FLR을 조정한다."]}},
        {words: ["2502.00001"] for words in ("FLR", "flr을", "조정", "FLR 조정")},
    ),
    "words may be in several fields": (
        {
            "2503.00001": {
                "source": "digest",
                "title": "Foxglove",
                "authors": ["Ada Byron"],
                "sections": ["강화 학습", "베타"],
            },
            "2503.00002": {
                "source": "digest",
                "title": "Foxglove",
                "authors": ["Grace Hopper"],
                "sections": ["강화 학습"],
            },
        },
        {"foxglove 학습 베타 byron 2503.00001": ["2503.00001"]},
    ),
    "a word asked twice counts once": (
        {"2504.00001": {"title": "Gardenia hyacinth"}},
        {"gardenia GARDENIA gardenia": ["2504.00001"], "gardenia": ["2504.00001"]},
    ),
    "an arXiv id finds its paper first": (
        {
            "2410.16256": {"title": "Iris"},
            "2410.16257": {"title": "Jasmine", "votes": 9},
            "2410.16258": {"title": "Kalmia", "abstract": "as in arXiv:2410.16256v2", "votes": 99},
        },
        {
            words: ["2410.16256", "2410.16258"]
            for words in (
                "2410.16256",
                "2410.16256v3",
                "arXiv:2410.16256",
                "https://arxiv.org/abs/2410.16256v1",
                "http://www.arxiv.org/pdf/2410.16256.pdf",
                "https://huggingface.co/papers/2410.16256",
                "https://doi.org/10.48550/arXiv.2410.16256",
                "  <https://arxiv.org/abs/2410.16256> ",
            )
        },
    ),
    "an old arXiv id is found": (
        {"hep-th/9901001": {"title": "Lavender"}, "math.GT/9901001": {"title": "Magnolia"}},
        {
            "hep-th/9901001": ["hep-th/9901001"],
            "https://arxiv.org/abs/hep-th/9901001v2": ["hep-th/9901001"],
            "arXiv:hep-th/9901001": ["hep-th/9901001"],
            "math.GT/9901001": ["math.GT/9901001"],
        },
    ),
    "an author is found": (
        {
            "2505.00001": {"title": "Narcissus", "authors": ["Yann LeCun", "Éric Poincaré"]},
            "2505.00002": {"title": "Oleander", "authors": ["Yann Martel", "Eric Blair"]},
            "2505.00003": {"title": "Peony"},
        },
        {words: ["2505.00001"] for words in ("Yann LeCun", "lecun yann", "LeCun", "Éric Poincaré", "eric poincare")},
    ),
    "particles of a search are no condition": (
        {
            "2506.00001": {"source": "digest", "title": "Primrose", "sections": ["심화 연습 결과"]},
            "2506.00002": {"source": "digest", "title": "Rose", "sections": ["모습을 심화에서는"]},
        },
        {words: ["2506.00001"] for words in ("연습을", "연습", "연습에서는", "심화연습이", "심화 연습으로")},
    ),
    "half of a Korean word is not the word": (
        {
            "2507.00001": {"source": "digest", "title": "Sage", "sections": ["이미 보았다."]},
            "2507.00002": {"source": "digest", "title": "Tansy", "sections": ["이미지를 보았다."]},
        },
        {"이미지": ["2507.00002"]},
    ),
    "words that look like SQL are words": (
        {"2508.00001": {"title": "Tulip"}, "2508.00002": {"title": "How to drop a table"}},
        {"'); DROP TABLE; --": ["2508.00002"], "tulip' OR 1 = 1 --": []},
    ),
    "sections without any text stop nothing": (
        {
            "2509.00001": {
                "source": "digest",
                "title": "Verbena",
                "sections": [{"text": "", "heading": "What's New"}],
            }
        },
        {"verbena": ["2509.00001"]},
    ),
    "what no paper holds gives no row": ({}, {words: [] for words in NOWHERE}),
}
"""The papers of a case, and what search finds. No two cases share a word for which they search."""

PHRASES = {
    "a phrase is found as it is written": (
        {
            "2510.00001": {"title": "State-space models", "abstract": "We show it"},
            "2510.00002": {"title": "The outer space", "abstract": "A model of the state"},
            "2510.00003": {"source": "digest", "title": "Another", "sections": ["상태 공간을 본다."]},
            "2510.00004": {
                "title": "A state  space modeling",
                "authors": ["Ada Lovelace", "Grace Kelly"],
                "abstract": "model",
            },
            "2510.00005": {"title": "On a.b, (c)"},
        },
        {
            "state space model": ["2510.00001", "2510.00004"],
            "State-Space Model!": ["2510.00001", "2510.00004"],
            "“space model”": ["2510.00001", "2510.00004"],
            "space model show": [],
            "pace model": [],
            "model show": [],
            "outer space": ["2510.00002"],
            "The outer": ["2510.00002"],
            "e outer": [],
            "상태 공간": ["2510.00003"],
            "상태공간": [],
            "Ada Lovelace": ["2510.00004"],
            "Lovelace Grace": [],
            "outer": ["2510.00002"],
            "(a.b)* [c]": ["2510.00005"],
            "a+b c": ["2510.00005"],
            "abc": [],
            "": [],
            "!": [],
            None: [],
        },
    ),
    "a phrase is in one text": (
        {
            "2511.00001": {
                "source": "digest",
                "title": "Willow",
                "sections": ["Yarrow", "zinnia"],
                "authors": ["Emmy", "Noether"],
            }
        },
        {words: [] for words in ("willow yarrow", "yarrow zinnia", "emmy noether")},
    ),
}
"""The papers of a case, and what search_phrase finds."""


@pytest.fixture(scope="module")
def cases():
    """Return the warehouse of all cases, which no test about scores shares: they depend on the number of papers."""
    lake = Lake()
    for papers, _ in [*WORDS.values(), *PHRASES.values()]:
        for arxiv_id, columns in papers.items():
            lake.entry(arxiv_id, **columns)
    return lake.build()


@pytest.mark.parametrize("case", WORDS)
def test_what_is_found_by_words(cases, case):
    for words, expected in WORDS[case][1].items():
        assert cases.rows("SELECT arxiv_id FROM search(?)", [words]) == expected, words


@pytest.mark.parametrize("case", PHRASES)
def test_what_is_found_by_a_phrase(cases, case):
    for words, expected in PHRASES[case][1].items():
        assert sorted(cases.rows("SELECT arxiv_id FROM search_phrase(?)", [words])) == expected, words


def test_words_of_several_texts_are_found_where_they_are_no_phrase(cases):
    for words in PHRASES["a phrase is in one text"][1]:
        assert cases.rows("SELECT arxiv_id FROM search(?)", [words]) == ["2511.00001"]


def test_words_that_look_like_sql_are_any_words(cases):
    assert cases.rows("SELECT arxiv_id FROM search_any('tulip'' OR 1 = 1 --')") == ["2508.00001"]


def test_a_word_asked_twice_counts_once(cases):
    assert cases.rows("FROM search('gardenia GARDENIA gardenia')") == cases.rows("FROM search('gardenia')")


@pytest.mark.parametrize("macro", ["search", "search_any", "search_phrase"])
def test_the_columns_are_those_that_a_reader_needs(cases, macro):
    columns = cases.rows(f"SELECT column_name FROM (DESCRIBE FROM {macro}('jasmine'))")
    assert columns == ["arxiv_id", "title", "score", "first_listed_on", "latest_votes", "page_url"]
    [(arxiv_id, title, score, first_listed_on, votes, page)] = cases.rows(f"FROM {macro}('jasmine')")
    assert (arxiv_id, title, first_listed_on, votes) == ("2410.16257", "Jasmine", "2025-01-06", 9)
    assert score > 0
    assert page.endswith("/2410.16257")


@pytest.fixture
def search(lake):
    """Return what finds ids by words, in the papers that a test has put into its lake."""
    built = []

    def ids(words, macro="search"):
        warehouse = built[0] if built else lake.build()
        built[:] = [warehouse]
        return warehouse.rows(f"SELECT arxiv_id FROM {macro}(?)", [words])

    return ids


@pytest.mark.parametrize("words", ["강화 학습", "강화학습", "강화학습을", "강화, 학습!"])
def test_white_space_and_endings_do_not_hide_a_korean_word(lake, search, words):
    lake.entry("2501.00001", "digest", sections=["강화학습을 다시 보는 논문이다."])
    lake.entry("2501.00002", "digest", sections=["강화 학습은 여기서 다룬다."])
    lake.entry("2501.00003", "digest", sections=["화학 반응을 다루는 논문이다."])
    lake.entry("2501.00004", "digest", sections=["사전 학습만 다루는 논문이다."])
    lake.entry("2501.00005", "digest", sections=["그림을 그리는 방법이다."])
    found = search(words)
    assert set(found[:2]) == {"2501.00001", "2501.00002"}
    assert "2501.00005" not in found


def fill(lake, count, **columns):
    """Add papers that tests are not about, so that words have a usual frequency and texts a usual length."""
    for number in range(count):
        lake.entry(f"2512.{number:05}", title=f"Filler {number}", **columns)


def test_a_word_in_the_title_beats_one_in_the_abstract(lake, search):
    fill(lake, 5, abstract="filler and more")
    lake.entry("2501.00001", title="Another name", abstract="search with words")
    lake.entry("2501.00002", title="Search words", abstract="another text here")
    assert search("search") == ["2501.00002", "2501.00001"]


def test_a_rare_word_beats_a_common_one(lake, search):
    fill(lake, 8, abstract="common ground")
    lake.entry("2501.00001", abstract="rare ground")
    assert search("common rare", "search_any")[0] == "2501.00001"
    assert len(search("common rare", "search_any")) == 9


def test_a_word_twice_beats_a_word_once(lake, search):
    fill(lake, 5, abstract="one two three four")
    lake.entry("2501.00001", abstract="word two three four")
    lake.entry("2501.00002", abstract="word word three four")
    assert search("word") == ["2501.00002", "2501.00001"]


def test_a_word_in_a_short_text_beats_one_in_a_long_text(lake, search):
    fill(lake, 5, abstract="one two three four")
    lake.entry("2501.00001", abstract="word " + "and more of it " * 20)
    lake.entry("2501.00002", abstract="word and more")
    assert search("word") == ["2501.00002", "2501.00001"]


def test_a_long_abstract_does_not_weigh_on_a_section(lake):
    fill(lake, 5)
    for arxiv_id, abstract in (("2501.00001", "and more of it " * 50), ("2501.00002", None)):
        lake.entry(arxiv_id, title="Same", abstract=abstract, votes=1)
        lake.entry(arxiv_id, "digest", title="Same", sections=["확산 모델"])
    [one, other] = lake.build().rows("SELECT score FROM search('확산')")
    assert one == other


@pytest.mark.parametrize("words", ["alpha beta", "beta alpha", "alpha-beta", "ALPHA, betas!"])
def test_all_words_are_held(lake, search, words):
    fill(lake, 5)
    lake.entry("2501.00001", title="Alpha alpha alpha")
    lake.entry("2501.00002", title="Alpha", abstract="gamma beta", votes=1)
    lake.entry("2501.00003", abstract="alpha and beta", votes=2)
    assert search(words) == ["2501.00002", "2501.00003"]
    assert search("alpha delta") == []


def test_any_word_is_enough_on_request_and_more_are_better(lake, search):
    fill(lake, 5)
    lake.entry("2501.00001", abstract="alpha beta")
    lake.entry("2501.00002", abstract="gamma more")
    lake.entry("2501.00003", "digest", abstract="more", sections=["이미 보았다."])
    lake.entry("2501.00004", abstract="alpha beta gamma")
    assert search("alpha gamma", "search_any")[0] == "2501.00004"
    assert sorted(search("alpha gamma", "search_any")) == ["2501.00001", "2501.00002", "2501.00004"]
    assert search("gamma unheard", "search_any") == search("gamma") == search("gamma 이미지", "search_any")
    assert search("unheard 없는말 !", "search_any") == []


def test_papers_by_a_phrase_have_the_scores_of_their_words(lake):
    fill(lake, 3)
    lake.entry("2501.00001", title="Flow matching", abstract="flow matching")
    lake.entry("2501.00002", abstract="matching, flow matching")
    lake.entry("2501.00003", title="Matching flow")
    warehouse = lake.build()
    scores = dict(warehouse.rows("SELECT arxiv_id, score FROM search('flow matching')"))
    found = warehouse.rows("SELECT arxiv_id, score FROM search_phrase('flow matching')")
    assert [arxiv_id for arxiv_id, _ in found] == ["2501.00001", "2501.00002"]
    assert all(scores[arxiv_id] == score for arxiv_id, score in found)


def test_a_name_of_an_author_beats_one_in_an_abstract_and_loses_to_a_title(lake, search):
    fill(lake, 5, abstract="one two three four", authors=["Somebody Else"])
    lake.entry("2501.00001", title="Another name", abstract="kepler two three four", authors=["Somebody Else"])
    lake.entry("2501.00002", title="Another name", abstract="one two three four", authors=["Johannes Kepler"])
    lake.entry("2501.00003", title="Kepler name", abstract="one two three four", authors=["Somebody Else"])
    assert search("kepler") == ["2501.00003", "2501.00002", "2501.00001"]


def test_a_lone_syllable_is_no_condition_beside_a_word(lake, search):
    lake.entry("2501.00001", "digest", title="Alpha", sections=["뇌 영상"])
    lake.entry("2501.00002", "digest", title="Beta", sections=["영상"], votes=9)
    assert search("뇌 영상") == ["2501.00001", "2501.00002"]
    assert search("뇌") == ["2501.00001"]
    assert search("뇌 글") == []


def test_equal_scores_are_in_the_order_of_votes_with_the_unknown_last(lake, search):
    for arxiv_id, votes in (("2501.00001", None), ("2501.00002", 1), ("2501.00003", 9), ("2501.00004", 9)):
        lake.entry(arxiv_id, title="Same", votes=votes)
    assert search("same") == ["2501.00003", "2501.00004", "2501.00002", "2501.00001"]


def test_the_score_is_that_of_bm25(lake):
    lake.entry("2501.00001", title="Alpha")
    lake.entry("2501.00002", title="Gamma")
    # The rarity is ln(1 + (2 - 1 + 0.5) / (1 + 0.5)), and the weight 4 * 2.2 / (4 + 1.2).
    warehouse = lake.build()
    assert warehouse.row("SELECT score FROM search('alpha')") == 1.17
    assert warehouse.rows("SELECT score FROM search_any('alpha gamma')") == [1.17, 1.17]


def test_a_title_without_a_word_stops_nothing(lake):
    lake.entry("2501.00001", title="?!")
    warehouse = lake.build()
    assert len(warehouse.rows("FROM search_term")) == 2  # those of its id
    assert warehouse.check("search_covers_titles").passed


def test_an_empty_section_does_not_make_the_others_look_long(lake):
    lake.entry("2501.00001", "digest", sections=["four", "and four"])
    lake.entry("2501.00002", "digest", sections=[{"text": "", "heading": "What's New"}])
    found = lake.build().rows("SELECT usual_length FROM search_field WHERE field = 'section'")
    assert found == [12]


def test_no_papers_at_all_are_searched(search):
    assert search("alpha") == []


def test_text_and_query_go_by_the_same_rule(lake):
    for number, text in enumerate(TOKENS):
        lake.entry(f"2501.{number:05}", title=f"t{number}", abstract=text)
    warehouse = lake.build()
    papers = "search_term INNER JOIN search_paper USING (paper_number) INNER JOIN dim_paper USING (paper_key)"
    keys = dict(warehouse.rows(f"SELECT arxiv_id, list(term_key ORDER BY term_key) FROM {papers} GROUP BY arxiv_id"))
    for number, (text, expected) in enumerate(TOKENS.items()):
        arxiv_id = f"2501.{number:05}"
        terms = {f"t{number}", *arxiv_id.split("."), *expected}
        assert keys[arxiv_id] == sorted(
            int(md5(term.encode(), usedforsecurity=False).hexdigest()[:15], 16) for term in terms
        ), text
        assert not expected or arxiv_id in warehouse.rows("SELECT arxiv_id FROM search(?)", [text]), text


def test_a_text_may_be_taken_apart_at_its_blanks_first(tokens):
    """The model does so. Of all characters none reaches over a blank, whatever it is composed with."""
    texts = [*TOKENS, "\u0301 \u0301a", "\u1100 \u1161 \u11bc", "가 \u11a8나", "e \u0301", "  a  b  "]
    for text, whole in zip(texts, tokens(*texts), strict=True):
        apart = [term for terms in tokens(*text.split(" ")) for term in terms]
        assert Counter(whole) == Counter(apart)


def test_slices_of_papers_make_what_all_papers_at_once_make(lake, monkeypatch):
    for number in range(7):
        sections = ["강화 학습", f"구역 {number}"]
        lake.entry(
            f"2501.{number:05}", "digest", f"2025-01-{6 + number % 3:02}", title=f"T {number}", sections=sections
        )
        lake.entry(f"2501.{number:05}", "digest", "2025-01-20", title=f"T {number}", sections=["다시"])
    terms = "SELECT * FROM search_term ORDER BY ALL"
    whole = lake.build().rows(terms)
    monkeypatch.setattr(duck, "PAPERS_IN_A_SLICE", 3)
    sliced = lake.build(constraints=False)  # never one that was made before
    assert sliced.rows(terms) == whole
    failed = {name for name, result in sliced.checks().items() if not result.passed}
    assert failed <= {"coverage_of_answers", "observations_are_believed"}
    # Of each slice in turn, so that what is asked of some papers reads little of the others.
    assert sliced.rows(
        "SELECT max(paper_number) FROM search_term GROUP BY (paper_number - 1) // 3 ORDER BY min(rowid)"
    ) == [3, 6, 7]


def test_terms_lie_in_order(lake):
    for number in range(9):
        lake.entry(f"2501.{number:05}", title=f"{9 - number} same words", abstract="and 강화학습")
    rows = lake.build().rows("SELECT term_key, paper_number FROM search_term")
    assert rows == sorted(rows)


def test_a_macro_without_its_name_above_it_is_refused(tmp_path):
    (tmp_path / "macros.sql").write_text("-- Functions.\n\n-- one: A.\nCREATE MACRO two(a) AS\na\n")
    with pytest.raises(ModelError, match=r"macros\.sql: .* -- one: A\."):
        load_macros(tmp_path)


def test_a_macro_that_duckdb_refuses_is_named(tmp_path):
    (tmp_path / "macros.sql").write_text("-- Functions.\n\n-- one: A.\nCREATE MACRO one(a) AS\nno_such(a)\n")
    with duckdb.connect() as connection, pytest.raises(ModelError, match=r"macros\.sql: one: Catalog Error"):
        create_macros(connection, load_macros(tmp_path))


def test_a_folder_without_macros_has_none(tmp_path):
    assert list(load_macros(tmp_path)) == []
