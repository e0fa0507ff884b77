import pytest
import sympy as sp
from bs4 import BeautifulSoup
from figures import everything

from sgdlab.laws import quantities as q
from sgdlab.live import Axis, Curve, Plot, Points, Slider, ellipse, explore
from sgdlab.measure import Estimate


def tables_of(figure):
    found = BeautifulSoup(figure._repr_html_(), "html.parser").find_all("table")
    return {
        table.caption.get_text(): [
            [cell.get_text() for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")
        ]
        for table in found
    }


@pytest.fixture(scope="module")
def tables():
    return tables_of(everything())


def test_bars_are_rows_and_what_is_measured_has_its_error(tables):
    assert tables["One sum"] == [
        ["", "variance", "measured"],
        ["with replacement", "0.250", "0.250 ± 0.0500"],
        ["reshuffled", "1.06", "–"],
    ]


def test_curves_are_columns_and_measured_places_are_rows(tables):
    head, *rows = tables["Against time"]
    assert head == ["batches since the epoch began", "with replacement", "reshuffled", "SGD"]
    assert [row[0] for row in rows] == ["0", "2", "2.67", "4", "5.33", "8", "10.7", "13.3", "16"]
    assert [row[3] != "" for row in rows] == [False, True, False, True, False, True, False, False, False]
    assert rows[5][:3] == ["8", "2.00", "1.22"]
    assert rows[5][3].endswith(" ± 0.0800")


def test_a_plot_of_replicas_alone_has_no_table(tables):
    assert set(tables) == {"One sum", "Against time", "Two valleys", "Map"}


def small(*marks, x_axis):
    figure = explore(
        "small", Plot(x_axis, Axis("y", 0, 1), *marks, words="v"), sliders=[Slider(q.loss_ratio, start=2)], alt="a"
    )
    return tables_of(figure)["v"][1:]


def test_what_is_not_defined_is_a_dash():
    c = sp.Piecewise((q.curvature.symbol, q.curvature.symbol < 0.5), (sp.nan, True))
    rows = small(Curve(c, "c"), x_axis=Axis(q.curvature, 0.001, 1))
    assert rows[0] == ["0.001", "0.00100"]
    assert rows[-1] == ["1", "–"]
    assert len(rows) == 7


def test_a_whole_axis_has_whole_rows():
    rows = small(Curve(q.n_samples.symbol, "N"), x_axis=Axis(q.n_samples, 2, 5, logarithmic=False))
    assert [row[0] for row in rows] == ["2", "3", "4", "5"]


@pytest.mark.parametrize(("places", "rows"), [(12, 7 + 12), (13, 7)])
def test_many_measured_places_are_no_rows(places, rows):
    at = [0.01 + 0.001 * i for i in range(places)]
    points = Points(lambda: Estimate([0.5] * places, [0.1] * places), "p", at=at)
    assert len(small(points, x_axis=Axis(q.curvature, 0.001, 1))) == rows


def test_closed_lines_have_eight_places():
    circle = explore(
        "circle",
        Plot(Axis("x", -3, 3), Axis("y", -3, 3), ellipse(sp.diag(1, q.batch_size.symbol), "round"), words="A line"),
        sliders=[Slider(q.batch_size, values=[1, 4], start=1)],
        alt="a circle",
    )
    head, *rows = tables_of(circle)["A line"]
    assert head == ["angle", "round, x", "round, y"]
    assert [row[0] for row in rows] == ["15°", "60°", "105°", "150°", "195°", "240°", "285°", "330°"]
    assert rows[1] == ["60°", "1.00", "1.73"]
    assert all(abs(float(x) ** 2 + float(y) ** 2 - 4) < 0.02 for _, x, y in rows)
