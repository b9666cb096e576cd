"""Which paper an address names, and what an address of the web is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.parse.links import arxiv_id, complete_address


@pytest.mark.parametrize(
    ("text", "paper"),
    [
        ("2401.00001", "2401.00001"),
        ("2401.00001v3", "2401.00001"),
        (" 0704.0001 ", "0704.0001"),
        ("math.GT/0309136", "math.GT/0309136"),
        ("hep-th/9901001v2", "hep-th/9901001"),
        ("https://arxiv.org/abs/2401.00001", "2401.00001"),
        ("http://www.arxiv.org/abs/2401.00001v2", "2401.00001"),
        ("https://arxiv.org/abs/math.GT/0309136", "math.GT/0309136"),
        ("https://arxiv.org/pdf/2401.00001v1.pdf", "2401.00001"),
        ("https://arxiv.org/abs/2401.00001/", "2401.00001"),
        ("https://arxiv.org/abs/2401.00001?context=cs#top", "2401.00001"),
        ("https://huggingface.co/papers/2401.00001", "2401.00001"),
        ("https://www.huggingface.co/papers/2401.00001#community", "2401.00001"),
        ("hf.co/papers/2401.00001", "2401.00001"),
        ("//arxiv.org/abs/2401.00001", "2401.00001"),
        ("HTTPS://ArXiv.org/abs/2401.00001V2", "2401.00001"),
        ("https://arxiv.org:443/abs/2401.00001", "2401.00001"),
        ("https://arxiv.org/html/2401.00001v2#S1.F1", "2401.00001"),
        ("https://arxiv.org/format/2401.00001", "2401.00001"),
        ("https://arxiv.org/abs/arXiv:2401.00001", "2401.00001"),
        ("https://arxiv.org/pdf/2401.00001.PDF", "2401.00001"),
        ("https://export.arxiv.org/abs/hep-th/9901001v1", "hep-th/9901001"),
        ("https://arxiv.org/abs/hep-th%2F9901001", "hep-th/9901001"),
        ("https://ar5iv.org/abs/2401.00001", "2401.00001"),
        ("https://ar5iv.labs.arxiv.org/html/2401.00001", "2401.00001"),
        ("https://www.alphaxiv.org/overview/2401.00001v1", "2401.00001"),
        ("https://alphaxiv.org/abs/2401.00001", "2401.00001"),
        ("https://doi.org/10.48550/arXiv.2401.00001", "2401.00001"),
        ("http://dx.doi.org/10.48550/ARXIV.hep-th/9901001", "hep-th/9901001"),
        ("https://doi.org/10.48550%2FarXiv.2401.00001", "2401.00001"),
        ("10.48550/arXiv.2401.00001", "2401.00001"),
        ("doi:10.48550/arXiv.2401.00001", "2401.00001"),
        ("arXiv:2401.00001v1", "2401.00001"),
        ("arxiv: math.GT/0309136", "math.GT/0309136"),
        ("arXiv:2401.00001v1 [cs.CL]", "2401.00001"),
        ("<https://arxiv.org/abs/2401.00001>", "2401.00001"),
        ('https://arxiv.org/abs/2401.00001 "A Title"', "2401.00001"),
    ],
)
def test_a_papers_address_or_id_names_it(text: str, paper: str):
    assert arxiv_id(text) == paper


@pytest.mark.parametrize(
    "text",
    [
        *("", "2401", "2401.001", "2401.000001", "２４０１.00001", "2401.00001; drop", "2401.00001 and more"),
        "https://example.org/2401.00001",
        "https://example.org/?u=arxiv.org/abs/2401.00001",
        "https://example.org/arxiv.org/abs/2401.00001",
        "https://arxiv.org.example.org/abs/2401.00001",
        "https://notarxiv.org/abs/2401.00001",
        "https://arxiv.org@example.org/abs/2401.00001",
        "https://example.org@arxiv.org/abs/2401.00001",
        "https://example.org\\@arxiv.org/abs/2401.00001",
        "https://arxiv.org/list/2401.00001",
        "https://arxiv.org/abs/Hep-Th/9901001",
        "https://doi.org/2401.00001",
        "https://doi.org/10.1000/2401.00001",
        "https://huggingface.co/datasets/2401.00001",
        "ftp://arxiv.org/abs/2401.00001",
        "doi:2401.00001",
    ],
)
def test_anything_else_names_no_paper(text: str):
    assert arxiv_id(text) is None


@given(st.text())
def test_an_id_is_found_in_itself(text: str):
    paper = arxiv_id(text)
    assert paper is None or arxiv_id(paper) == paper


@pytest.mark.parametrize(
    ("address", "whole"),
    [
        ("https://example.org/a.png", "https://example.org/a.png"),
        ("http://example.org", "http://example.org"),
        ("/avatars/a.svg", "https://huggingface.co/avatars/a.svg"),
        (" https://example.org/a ", "https://example.org/a"),
        ("https://example.org/\na", "https://example.org/a"),
    ],
)
def test_an_address_of_the_web_is_made_whole(address: str, whole: str):
    assert complete_address(address) == whole


@pytest.mark.parametrize(
    "address",
    ["", "words", "ftp://example.org", "javascript:alert(1)", "//example.org/a", "https://a b", "https://a\tb"],
)
def test_anything_else_is_no_address(address: str):
    assert complete_address(address) is None


@given(st.text())
def test_a_whole_address_stays_as_it_is(text: str):
    whole = complete_address(text)
    assert whole is None or complete_address(whole) == whole
