import pytest

from sgdlab.verdict import Claim, VerdictTable
from sgdlab.verdict.table import CLAIMS_MIME, estimate, number


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1, "1.00"), (0.0468, "0.0468"), (12.34, "12.3"), (1234.5, "1230"), (99.96, "100"), (123456, "1.23e+05"),
     (-0.00001234, "-1.23e-05"), (9.999, "10.0")],
)  # fmt: skip
def test_three_significant_digits(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (1.23456, 0.012, "1.23 ± 0.012"),
        (1.23456, 0.12, "1.23 ± 0.12"),
        (1.23456, 1.2, "1.2 ± 1.2"),
        (12.3456, 3.3, "12.3 ± 3.3"),
        (123.456, 25.0, "123 ± 25"),
        (0.04681, 0.00021, "0.0468 ± 0.00021"),
        (0.00001, 0.2, "0 ± 0.20"),
        (0.04681, 0, "0.0468"),
        (5.0, 123.0, "0 ± 120"),
    ],
)
def test_a_measurement_is_printed_to_the_second_digit_of_its_error(value, error, text):
    assert estimate(value, error) == text


@pytest.fixture
def table():
    return VerdictTable(
        [
            Claim("noise & loss", "law-decoupled_covariance", 1.0, 1.001, 0.002, "agrees"),
            Claim("along it", "law-decoupled_covariance", 1.0, 1.3, 0.01, "agrees", 1.3, "exact"),
        ]
    )


def test_columns_of_the_text_line_up(table):
    head, *rows = repr(table).splitlines()
    assert len(rows) == 2
    assert all(row.index(" ± ") > head.index("measured") for row in rows)
    assert rows[1].endswith("differs")


def test_html_is_escaped_linked_and_shows_the_unexpected(table):
    page = table._repr_html_()
    assert "noise &amp; loss" in page
    assert 'href="#equation-law-decoupled-covariance"' in page
    assert page.count("(expected: agrees)") == 1


def test_powers_of_ten_are_typeset(table):
    small = VerdictTable([Claim("a", "law-b", 1.0, 1.0, 2e-5, "agrees")])
    assert "1.00 ± 2.0&thinsp;×&thinsp;10<sup>−5</sup>" in small._repr_html_()
    assert "1.00 ± 2.0e-05" in repr(small)


def test_the_ledger_finds_the_rows(table):
    rows = table._repr_mimebundle_()[CLAIMS_MIME]
    assert [row["verdict"] for row in rows] == ["agrees", "differs"]
    assert rows[1]["expected"] == "agrees"
