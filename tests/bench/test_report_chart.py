"""Charts are whole SVG whose marks stand where the values say."""

from xml.etree import ElementTree

from bench.report.chart import Bar, Line, bar_chart, line_chart
from bench.summary import Spread

SVG = "{http://www.w3.org/2000/svg}"


def elements(svg: str, name: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter(SVG + name))  # noqa: S314 - our own bytes


def of_kind(svg: str, name: str, kind: str) -> list[ElementTree.Element]:
    return [each for each in elements(svg, name) if kind in each.get("class", "").split()]


def test_bars_are_as_long_as_their_medians():
    bars = [Bar("hub", Spread(90, 100, 110), "ours"), Bar("a <thread> & more", Spread(20, 25, 30))]
    svg = bar_chart("One room", "deliveries/s", bars)
    ours, theirs = (float(of_kind(svg, "rect", kind)[0].get("width", "")) for kind in ("ours", "theirs"))
    assert round(ours / theirs, 1) == 4.0


def test_charts_have_colours_for_light_and_dark():
    svg = bar_chart("One room", "deliveries/s", [Bar("hub", Spread(1, 1, 1))])
    assert "prefers-color-scheme:dark" in svg


def test_lines_are_higher_where_values_are_and_labels_stand_apart():
    points = [(100.0, Spread(1, 1, 1)), (1000.0, Spread(2, 2, 2))]
    svg = line_chart("Cost", "readers", [Line("hub", points, "ours"), Line("other", points)])
    first, second = of_kind(svg, "circle", "ours")
    assert float(first.get("cy", "")) > float(second.get("cy", ""))
    assert float(first.get("cx", "")) < float(second.get("cx", ""))
    places = [float(each.get("y", "")) for each in elements(svg, "text") if each.text in ("hub", "other")]
    assert abs(places[0] - places[1]) >= 16


def test_a_line_of_zeros_is_drawn_on_the_ground():
    svg = line_chart("Lost", "readers", [Line("hub", [(1.0, Spread(0, 0, 0)), (2.0, Spread(0, 0, 0))])])
    assert len({each.get("cy") for each in of_kind(svg, "circle", "theirs")}) == 1
