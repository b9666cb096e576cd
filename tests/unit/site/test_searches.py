"""The list of saved searches: what it may say, and how what it may not is refused."""

import re

import pytest
from pydantic import ValidationError

from dagster_project.config import CHECKOUT, load_settings
from dagster_project.errors import SettingsError
from dagster_project.site.searches import BUNDLED, SavedSearch, load_searches


@pytest.fixture
def load(tmp_path):
    """Load a list from its text."""

    def load_text(text):
        file = tmp_path / "list.toml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_searches(load_settings(home=tmp_path / "home", searches=file))

    return load_text


def table(**more):
    values = {"name": '"one"', "title": '"One"', "words": '"cache"'} | more
    return "[[search]]\n" + "".join(f"{name} = {value}\n" for name, value in values.items() if value is not None)


def test_without_a_list_the_bundled_one_is_read(tmp_path):
    assert BUNDLED.exists()
    searches = load_searches(load_settings(home=tmp_path))
    assert [search.name for search in searches] == ["popular", "rising"]


def test_the_list_is_named_by_a_variable(tmp_path, monkeypatch):
    (tmp_path / "mine.toml").write_text(table())
    monkeypatch.setenv("PAPERS_SEARCHES", str(tmp_path / "mine.toml"))
    assert [search.name for search in load_searches(load_settings(home=tmp_path))] == ["one"]


def test_an_empty_list_has_none(load):
    assert load("") == []


def test_a_search_has_the_conditions_that_it_names(load):
    [search] = load(
        '[[search]]\nname = "kv-cache"\ntitle = " KV  \uce90\uc2dc "\nwords = ["kv cache", "\uce90\uc2dc"]\n'
        'phrases = "flow matching"\nauthors = ["Ada  LOVELACE"]\norganizations = "lab"\nkeywords = ["agents"]\n'
        'categories = ["cs.CL", "stat"]\n'
        "min_votes = 50\nmax_age_days = 2\n"
    )
    assert search.title == "KV \uce90\uc2dc"
    assert search.words == ("kv cache", "\uce90\uc2dc")
    assert search.phrases == ("flow matching",)
    assert search.author_names == ["ada lovelace"]
    assert (search.min_votes, search.max_age_days) == (50, 2)
    assert search.describe() == (
        "Papers with the words \u201ckv cache\u201d or \u201c\uce90\uc2dc\u201d, "
        "with the phrase \u201cflow matching\u201d, "
        "by \u201cAda LOVELACE\u201d, of \u201clab\u201d, with the keyword \u201cagents\u201d, "
        "in the subject \u201ccs.CL\u201d or \u201cstat\u201d, with 50 votes or more, at an age of 2 days at most."
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (table(name=None), "search 1: name: Field required"),
        (table(title=None), "one: title: Field required"),
        (table(name="1"), "search 1: name: Input should be a valid string"),
        (table(name='"One"'), "One: name: String should match pattern"),
        (table(name='"../one"'), "../one: name: String should match pattern"),
        (table(name='"a\\n"'), "name: String should match pattern"),
        (table(words=None), "one: it has no condition; all new papers are in the feed `new`"),
        (table(word='"cache"'), "one: word: Extra inputs are not permitted"),
        (table(words="[]"), "one: words: must hold a text"),
        (table(words="3"), "one: words: Input should be a valid tuple"),
        (table(words="[3]"), "one: words: 0: Input should be a valid string"),
        (table(words='" ! "'), "one: words: 0: must hold a letter or a digit"),
        (
            table(words='"a\\u0000b"'),
            "one: words: 0: must hold a letter or a digit, and nothing that cannot be printed",
        ),
        (table(words=f'"{"a" * 201}"'), "one: words: 0: String should have at most 200 characters"),
        (table(min_votes='"5"'), "one: min_votes: Input should be a valid integer"),
        (table(min_votes="true"), "one: min_votes: Input should be a valid integer"),
        (table(min_votes="5.0"), "one: min_votes: Input should be a valid integer"),
        (table(min_votes="0"), "one: min_votes: Input should be greater than or equal to 1"),
        (table(max_age_days="0"), "one: max_age_days: Input should be greater than 0"),
        (table(max_age_days="inf"), "one: max_age_days: Input should be a finite number"),
        (table(max_age_days="true"), "one: max_age_days: Input should be a valid number"),
        (table(name='"new"'), "new: the name is taken; choose another"),
        (table(name='"week"'), "week: the name is taken; choose another"),
        (table() + table(), "one: the name is taken; choose another"),
        ("search = 3", "it must hold [[search]] tables and nothing else"),
        ("search = [3]", "search 1: Input should be a valid dictionary or instance of SavedSearch"),
        ("[[serach]]\nname = 'one'", "it must hold [[search]] tables and nothing else"),
        ("[[search", "it must be TOML with [[search]] tables"),
        (b"\xff", "it must be TOML with [[search]] tables"),
    ],
)
def test_what_is_not_valid_is_refused_in_one_line_that_names_the_list_and_what_is_wrong(load, tmp_path, wrong, said):
    with pytest.raises(SettingsError) as refused:
        load(wrong)
    assert str(refused.value).startswith(f"PAPERS_SEARCHES: {tmp_path / 'list.toml'}: ")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_list_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"PAPERS_SEARCHES: .*list\.toml: No such file"):
        load_searches(load_settings(home=tmp_path, searches=tmp_path / "list.toml"))


def test_the_page_on_the_site_explains_every_condition_by_an_example_that_loads(load):
    page = (CHECKOUT / "docs" / "site.md").read_text().partition("### Saved searches")[2].partition("\n## ")[0]
    [example] = re.findall(r"^```toml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert [search.name for search in load(example)] == ["kv-cache", "people-i-read"]
    assert re.findall(r"^\| `(\w+)` \|", page.partition("| key |")[2], re.MULTILINE) == list(SavedSearch.model_fields)


def test_a_search_cannot_be_changed():
    search = SavedSearch(name="one", title="One", min_votes=1)
    with pytest.raises(ValidationError):
        search.min_votes = 2
