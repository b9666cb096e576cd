"""Citations: other programs read them back as what was said of the paper, whatever its title and names look like."""

import datetime as dt
import json
import re
import unicodedata

import bibtexparser
import pybtex.database
import pytest
import rispy
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle
from citeproc.formatter import plain
from citeproc.source.json import CiteProcJSON
from hypothesis import given
from hypothesis import strategies as st
from pylatexenc import latex2text

from dagster_project.citations import Name, Paper, format_bibtex, format_csl, format_ris, split_name
from tests.reliability.hostile import TEXTS

NO_ORDER, CUT = "The order of the authors is unknown.", "The list of authors is incomplete."
HOSTILE = [
    *(text.replace("\ud83d", "\ufffd") for text in TEXTS.values()),
    "}, author = {Nobody}}",
    "{ { {",
    "}}}\n@book{other, title = {x}}",
    "\\end{document} \\input{/etc/passwd} \\write18{rm} $\\catcode`$",
    'a "quoted" title, "',
    "100% of $1 & 50_000 #1 ^2 ~ | < > \\",
    "end\nER  - \n\nTY  - BOOK\nTI  - other",
    "end\r\nER  - \u2028TY  - BOOK\x85TI  - other\x0bAU  - Nobody",
    "one and two and others",
    "Doe, Jane, Jr., Esq., X",
]
SIGNS = st.sampled_from("{}\\$%&#_^~\"'`-<>|@,=\n\r\t\x00\x1b\u2028 aZ“”‘’–—…°×≤∞→πλΣéŰ")
ANY = st.text(SIGNS | st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
LETTERS = st.characters(categories=["L", "N"]).filter(lambda letter: "GREEK" not in unicodedata.name(letter, ""))
WORDS = st.lists(st.sampled_from([*"abcXYZéÉüÖŁØíőŰễčş.가김李Đ", "a-É", "o'X"]), min_size=1, max_size=6).map("".join)
"""Without ł, ø and ß: the parser, unlike BibTeX, does not know the case of their commands."""
NAMES = st.one_of(st.lists(WORDS, min_size=1, max_size=5).map(" ".join), ANY)


def paper(title="A Title", authors=("Ada Lovelace",), **facts):
    known = {"arxiv_id": "2410.16256", "published_on": dt.date(2024, 10, 21), "is_ordered": True, "is_cut": False}
    known |= {"url": f"https://arxiv.org/abs/{facts.get('arxiv_id', '2410.16256')}"} | facts
    return Paper(title=title, authors=authors, **known)


def clean(text):
    """Return a text on one line, without control characters."""
    return " ".join("".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text).split())


KNOWN = latex2text.get_default_latex_context_db()
KNOWN.add_context_category(
    "signs that its table lacks, or has otherwise",
    [
        latex2text.MacroTextSpec(f"text{name}", sign)
        for name, sign in {
            "braceleft": "{",
            "braceright": "}",
            "less": "<",
            "greater": ">",
            "bar": "|",
            "asciicircum": "^",
        }.items()
    ],
    prepend=True,
)
LIGATURES = {"---": "—", "--": "–", "``": '"', "''": '"', "“": '"', "”": '"', "?`": "¿", "!`": "¡"}


def read_latex(latex):
    latex = re.sub(r"\\ensuremath(?=\{)", "", latex)  # which older versions of the reader do not know
    return latex2text.LatexNodes2Text(latex_context=KNOWN).latex_to_text(latex)


def fold_ligatures(text):
    """Return a text with one sign for what LaTeX prints as one, and one for all double quotes."""
    text = unicodedata.normalize("NFC", text)
    for signs, sign in LIGATURES.items():
        text = text.replace(signs, sign)
    return text


def read_bibtex(text):
    """Return the entries as a parser reads them that the writer does not know; what it cannot read is an error."""
    entries = pybtex.database.parse_string(text, "bibtex").entries
    assert not bibtexparser.parse_string(text).failed_blocks
    return list(entries.values())


def read_names(entry):
    """Return the names of an entry in parts, with the letters for which LaTeX's commands stand."""
    return [
        Name(*(read_latex(" ".join(part)) for part in (one.last_names, [*one.first_names, *one.middle_names],
                                                       one.prelast_names, one.lineage_names)))
        for one in entry.persons.get("author", [])
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("printed", "parts"),
    [
        ("Ada Lovelace", ("Lovelace", "Ada")),
        ("Wil M. P. van der Aalst", ("Aalst", "Wil M. P.", "van der")),
        ("Éric de la Clergerie", ("Clergerie", "Éric", "de la")),
        ("Cyprien de Masson d'Autume", ("Masson d'Autume", "Cyprien", "de")),
        ("Antonio Laverghetta Jr.", ("Laverghetta", "Antonio", "", "Jr.")),
        ("Jan van den Berg III", ("Berg", "Jan", "van den", "III")),
        ("yuelin bai", ("bai", "yuelin")),
        ("Letian \"Max\" Fu", ("Fu", 'Letian "Max"')),
        ("Peter St\\\"utz", ("Stütz", "Peter")),
        ("  Ada \n Lovelace ", ("Lovelace", "Ada")),
        ("Sammy Davis, Jr.", ("Sammy Davis, Jr.",)),
        *((whole, (whole,)) for whole in ("OpenAI", "DeepSeek-AI", "Kimi Team", "Inclusion AI", "LG AI Research")),
        *((whole, (whole,)) for whole in ("SAM 3D Team", "Team Hunyuan3D", "Smith and Jones", "", "Jr.", "III")),
        *((whole, (whole,)) for whole in ("홍길동", "홍 길동", "李 明")),
    ],
)  # fmt: skip
def test_a_name_is_split_only_where_its_parts_are_known(printed, parts):
    assert split_name(printed) == Name(*parts)


def test_bibtex_says_what_is_known():
    [cited] = read_bibtex(format_bibtex([paper("GPT-4 & Bayes: 80% of $1", ["Leandro von Werra", "Kimi Team"])]))
    assert (cited.type, cited.key) == ("misc", "arXiv:2410.16256")
    assert dict(cited.fields.items()) == {
        "title": r"{GPT-4 \& Bayes: 80\% of \$1}",
        "year": "2024",
        "month": "October",
        "eprint": "2410.16256",
        "archivePrefix": "arXiv",
        "url": "https://arxiv.org/abs/2410.16256",
    }
    assert read_names(cited) == [Name("Werra", "Leandro", "von"), Name("Kimi Team")]


PUBLISHED = {"subject": "cs.CL", "doi": "10.1234/ab_c(5)<1>", "journal": "J. Samples & Tests 12 (2025), 1\u20139."}


def test_what_was_published_elsewhere_has_its_doi_and_journal():
    cited = [paper(**PUBLISHED), paper(arxiv_id="2401.00001", is_ordered=False, **PUBLISHED)]
    said = "Published: J. Samples & Tests 12 (2025), 1\u20139."
    first, second = read_bibtex(format_bibtex(cited))
    assert first.fields["primaryclass"] == "cs.CL"
    assert [read_latex(first.fields[name]) for name in ("doi", "note")] == [PUBLISHED["doi"], said]
    assert read_latex(second.fields["note"]) == f"{said} {NO_ORDER}"
    first, second = rispy.loads(format_ris(cited))
    assert (first["doi"], first["notes"], second["notes"]) == (PUBLISHED["doi"], [said], [f"{said} {NO_ORDER}"])
    first, second = json.loads(format_csl(cited))
    assert (first["DOI"], first["note"], second["note"]) == (PUBLISHED["doi"], said, f"{said} {NO_ORDER}")


def test_letters_are_commands_of_latex_alone():
    text = format_bibtex([paper("Café π 가 Đ", ["Éva Űr", "Łukasz Groß", "Trần Nguyễn", "Γιώργος Λάδης"])])
    assert r"title = {{Caf{\'{e}} \ensuremath{\pi} 가 Đ}}" in text
    assert (
        r"author = {{\H{U}}r, {\'{E}}va and Gro{\ss}, {\L}ukasz and Nguy{\~{\^{e}}}n, Tr{\`{\^{a}}}n and Λάδης, Γ"
        in text
    )


def test_straight_quotes_open_and_close():
    assert "title = {{Is {``}A{''} a ({``}B{''})?}}" in format_bibtex([paper('Is "A" a ("B")?')])


def test_ris_is_a_record_of_one_line_a_fact():
    assert format_ris([paper(authors=["Kimi Team", "OpenAI", "Jan van den Berg III"])]).splitlines() == [
        "TY  - UNPB",
        "ID  - arXiv:2410.16256",
        "TI  - A Title",
        "AU  - Kimi Team,",
        "AU  - OpenAI",
        "AU  - van den Berg, Jan, III",
        "PY  - 2024",
        "DA  - 2024/10/21/",
        "PB  - arXiv",
        "AN  - arXiv:2410.16256",
        "UR  - https://arxiv.org/abs/2410.16256",
        "ER  - ",
    ]


@pytest.mark.parametrize(
    ("arxiv_id", "year", "month"),
    [
        ("2310.00001", "2023", "October"),
        ("hep-th/9901001", "1999", "January"),
        ("math.GT/0309136", "2003", "September"),
    ],
)
def test_without_a_day_the_id_tells_year_and_month(arxiv_id, year, month):
    unknown = paper(arxiv_id=arxiv_id, published_on=None)
    [cited] = read_bibtex(format_bibtex([unknown]))
    assert (cited.key, cited.fields["eprint"]) == (f"arXiv:{arxiv_id}", arxiv_id)
    assert (cited.fields["year"], cited.fields["month"]) == (year, month)
    [record] = rispy.loads(format_ris([unknown]))
    assert record["year"] == year
    assert re.fullmatch(rf"{year}/\d\d//", record["date"])
    [item] = json.loads(format_csl([unknown]))
    assert not {"doi", "primaryclass", "note"} & set(cited.fields)
    assert not {"doi", "notes"} & set(record)
    assert not {"DOI", "note"} & set(item)
    assert item["issued"]["date-parts"][0][0] == int(year)
    assert len(item["issued"]["date-parts"][0]) == 2


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        ({"is_ordered": False}, NO_ORDER),
        ({"is_cut": True}, CUT),
        ({"is_ordered": False, "is_cut": True}, f"{NO_ORDER} {CUT}"),
        ({}, None),
    ],
)
def test_what_is_not_known_of_the_authors_is_marked(facts, note):
    cited = [paper(authors=["Ada Lovelace", "others"], **facts)]
    [entry] = read_bibtex(format_bibtex(cited))
    [record] = rispy.loads(format_ris(cited))
    [item] = json.loads(format_csl(cited))
    assert entry.fields.get("note") == item.get("note") == note
    assert record.get("notes", []) == [note] * bool(note)
    # In braces, the word is somebody's name; without, it is BibTeX's way to say that there are more.
    others = ["{others}"] + ["others"] * cited[0].is_cut
    assert [" ".join(one.last_names) for one in entry.persons["author"]] == ["Lovelace", *others]
    assert item["author"][1:] == [{"literal": "others"}] * len(others)
    assert record["authors"] == ["Lovelace, Ada", "others"]


def test_a_paper_without_known_authors_is_cited_without():
    [entry] = read_bibtex(format_bibtex([paper(authors=[])]))
    assert not entry.persons
    assert "authors" not in rispy.loads(format_ris([paper(authors=[])]))[0]
    assert "author" not in json.loads(format_csl([paper(authors=[])]))[0]


def test_papers_are_cited_in_their_order_with_keys_of_their_own():
    papers = [paper(arxiv_id=arxiv_id) for arxiv_id in ("2410.16256", "hep-th/9901001", "2401.00001")]
    keys = [one.key for one in papers]
    assert [one.key for one in read_bibtex(format_bibtex(papers))] == keys
    assert [one["id"] for one in rispy.loads(format_ris(papers))] == keys
    assert [one["id"] for one in json.loads(format_csl(papers))] == keys


def test_no_paper_is_no_citation():
    assert (format_bibtex([]), format_ris([]), json.loads(format_csl([]))) == ("", "", [])


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_hostile_text_ends_no_field_and_is_no_command(text):
    facts = {"subject": text, "doi": text, "journal": text}
    cited = [paper(text, [text, "Ada Lovelace", f"Ada {text}"], **facts), paper("Next", arxiv_id="2401.00001")]
    written = format_bibtex(cited)
    first, second = read_bibtex(written)
    assert fold_ligatures(read_latex(first.fields["title"])) == fold_ligatures(clean(text))
    assert (len(first.persons["author"]), second.fields["title"]) == (3, "{Next}")
    for name in ("primaryclass", "doi"):
        assert fold_ligatures(read_latex(first.fields[name])) == fold_ligatures(clean(text))
    assert clean(text).rstrip(".") in json.loads(format_csl(cited))[0]["note"]
    assert not re.search(r"\\(?:end|input|write|catcode)", written)
    assert [one["title"] for one in rispy.loads(format_ris(cited))] == [clean(text), "Next"]
    assert [one["title"] for one in json.loads(format_csl(cited))] == [clean(text), "Next"]


@given(ANY, st.lists(NAMES, max_size=4), st.booleans(), st.booleans(), st.none() | ANY)
def test_no_text_ends_a_field(title, authors, is_ordered, is_cut, said):
    facts = {"is_ordered": is_ordered, "is_cut": is_cut, "subject": said, "doi": said, "journal": said}
    cited = [paper(title, authors, **facts), paper("Next", arxiv_id="2401.00001")]
    count = len(cited[0].names)
    first, second = read_bibtex(format_bibtex(cited))
    assert (len(first.persons.get("author", [])), second.fields["title"]) == (count + is_cut, "{Next}")
    first, second = rispy.loads(format_ris(cited))
    assert (first.get("title", ""), len(first.get("authors", [])), second["title"]) == (clean(title), count, "Next")
    first, second = json.loads(format_csl(cited))
    assert (first.get("title", ""), len(first.get("author", []))) == (clean(title), count + is_cut)


@given(st.text(SIGNS | LETTERS, min_size=1, max_size=30))
def test_latex_prints_a_title_as_it_is(title):
    [entry] = read_bibtex(format_bibtex([paper(title)]))
    assert fold_ligatures(read_latex(entry.fields["title"])) == fold_ligatures(clean(title))


@given(st.lists(st.lists(WORDS, min_size=1, max_size=5).map(" ".join), min_size=1, max_size=4))
def test_names_are_read_back_in_the_same_parts(authors):
    cited = paper(authors=authors)
    [entry] = read_bibtex(format_bibtex([cited]))
    assert read_names(entry) == cited.names
    [record] = rispy.loads(format_ris([cited]))
    assert [sorted(name.replace(",", "").split()) for name in record["authors"]] == [
        sorted(f"{name.family} {name.given} {name.particle} {name.suffix}".split()) for name in cited.names
    ]
    [item] = json.loads(format_csl([cited]))
    parts = ("family", "given", "non-dropping-particle", "suffix")
    assert [
        Name(*(one.get(part, one.get("literal", "") * (part == "family")) for part in parts)) for one in item["author"]
    ] == cited.names


def test_a_citation_processor_prints_csl():
    items = json.loads(format_csl([paper("State & Space", ["Wil van der Aalst", "Kimi Team", "홍 길동"])]))
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    bibliography = CitationStylesBibliography(style, CiteProcJSON(items), plain)
    bibliography.register(Citation([CitationItem("arXiv:2410.16256")]))
    [printed] = map(str, bibliography.bibliography())
    for said in (
        "van der Aalst, W.",
        "Kimi Team",
        "홍 길동",
        "2024",
        "State & Space",
        "https://arxiv.org/abs/2410.16256",
    ):
        assert said in printed
