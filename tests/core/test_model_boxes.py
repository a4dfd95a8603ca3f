from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docproc.core.boxes import Box, PageBox
from docproc.core.model_boxes import MOST_BOXES, Convention, page_boxes, without_marks
from docproc.core.tiles import Policy, Tile, Tiling, plan

# A page of 600 x 900 pixels on a canvas that is wider: the picture stands in the middle, with white beside it.
PADDED = Tile(2, "overview", 0, (600, 900), (0, 0, 600, 900), (960, 960), (160, 30, 760, 930))
PLAIN = Tile(1, "page", 0, (1000, 500), (0, 0, 1000, 500), (1000, 500), (0, 0, 1000, 500))

FORMS = {
    "Qwen-VL": "<ref>total</ref><box>({0},{1}),({2},{3})</box>",
    "Qwen2-VL": "<|object_ref_start|>total<|object_ref_end|><|box_start|>({0},{1}),({2},{3})<|box_end|>",
    "Qwen2-VL, its special tokens lost": "total({0},{1}),({2},{3})",
    "Qwen2.5-VL and Qwen3-VL": '```json\n[{{"bbox_2d": [{0}, {1}, {2}, {3}], "label": "total"}}]\n```',
    "docproc's reply": '{{"quote":"12,50","value":"12.50","image":1,"bbox_2d":[{0},{1},{2},{3}]}}',
    "a reply to several questions": '{{"total":{{"value":"12.50","image":1,"bbox_2d":[{0},{1},{2},{3}]}},"name":null}}',
    "a reply that breaks off": '{{"image":1,"bbox_2d":[{0},{1},{2},{3}],"value":"12.5',
}


def relative(tile: Tile, box: Box) -> Box:
    """A box in pixels of the canvas as a model says it, 0-1000."""
    width, height = tile.canvas
    return Box(box.x0 * 1000 / width, box.y0 * 1000 / height, box.x1 * 1000 / width, box.y1 * 1000 / height)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("convention", ["relative", "absolute"])
def test_every_form_is_read_on_either_scale(form: str, convention: Convention) -> None:
    on_canvas = Box(160, 120, 460, 390)  # of the picture: left half, a tenth to four tenths down
    said = relative(PADDED, on_canvas) if convention == "relative" else on_canvas
    (found,) = page_boxes(form.format(*(f"{side:.6f}" for side in said)), convention, [PADDED])
    assert found.page == 2
    assert found.box == pytest.approx((0.0, 0.1, 0.5, 0.4), abs=1e-6)


def test_the_image_that_a_reply_names_is_the_one_that_is_meant() -> None:
    text = '[{"image": 2, "bbox_2d": [500, 0, 600, 1000]}, {"bbox_2d": [0, 0, 500, 1000]}]'
    assert [box.page for box in page_boxes(text, "relative", [PLAIN, PADDED])] == [2, 1]


@pytest.mark.parametrize("image", ["0", "3", "-1", "true", '"two"', "1e9", "[1]", "99999999999999999999"])
def test_a_box_on_an_image_that_was_not_shown_is_left_out(image: str) -> None:
    text = f'{{"image": {image}, "bbox_2d": [0, 0, 500, 500]}}'
    assert page_boxes(text, "relative", [PLAIN, PADDED]) == ()


def test_swapped_corners_are_put_right() -> None:
    straight = page_boxes("<box>(100,200),(300,400)</box>", "relative", [PLAIN])
    assert straight == (PageBox(1, Box(0.1, 0.2, 0.3, 0.4)),)
    assert page_boxes("<box>(300,200),(100,400)</box>", "relative", [PLAIN]) == straight
    assert page_boxes("<box>(300,400),(100,200)</box>", "relative", [PLAIN]) == straight


@pytest.mark.parametrize(
    "sides",
    [
        (100, 100, 100, 200),  # no width
        (100, 100, 200, 100),  # no height
        (0, 0, 5000, 500),  # far outside
        (-300, 0, 100, 100),
        (0, 0, 150, 1000),  # on the white margin
        (1e400, 0, 1, 1),
        (True, 0, 500, 500),
        (None, 0, 500, 500),
        (0, 0, 500),
        (0, 0, 500, 500, 500),
        (10**5000, 0, 1, 1),
    ],
)
def test_what_is_no_place_is_left_out(sides: Sequence[object]) -> None:
    text = '{"bbox_2d": [' + ", ".join(_json(side) for side in sides) + "]}"
    assert page_boxes(text, "relative", [PADDED]) == ()


def _json(side: object) -> str:
    return "1" + "0" * 5000 if isinstance(side, int) and side > 10**9 else json.dumps(side)


def test_a_box_is_cut_to_the_picture_on_its_canvas() -> None:
    (whole,) = page_boxes('{"bbox_2d": [0, 0, 1000, 1000]}', "relative", [PADDED])
    assert whole.box == pytest.approx((0, 0, 1, 1))
    (rounded,) = page_boxes('{"bbox_2d": [-3, 0, 1010, 500]}', "absolute", [PLAIN])
    assert rounded.box == pytest.approx((0, 0, 1, 1))


def test_several_boxes_come_in_order_and_none_twice() -> None:
    text = '{"bbox_2d": [[0, 0, 100, 100], [500, 500, 600, 600], [0, 0, 100, 100]]}'
    assert [box.box.x0 for box in page_boxes(text, "relative", [PLAIN])] == [0.0, 0.5]
    tagged = "<ref>a</ref><box>(0,0),(100,100)</box> and <ref>b</ref><box>(500,500),(600,600)</box>"
    assert [box.box.x0 for box in page_boxes(tagged, "relative", [PLAIN])] == [0.0, 0.5]


def test_a_list_that_breaks_off_keeps_what_is_whole() -> None:
    text = '[{"bbox_2d": [0, 0, 100, 100]}, {"bbox_2d": [500, 500, 600, 600]}, {"bbox_2d": [7'
    assert len(page_boxes(text, "relative", [PLAIN])) == 2


def test_there_is_a_limit_to_the_boxes_of_a_reply() -> None:
    text = "".join(f"<box>({n % 900},{n // 900}),(950,{n // 900 + 9})</box>" for n in range(2 * MOST_BOXES))
    assert len(page_boxes(text, "relative", [PLAIN])) == MOST_BOXES


def test_text_that_only_looks_like_a_box_is_none() -> None:
    for text in (
        '{"value": "see \\"bbox_2d\\": [1, 2, 3, 4]"}',
        "bbox_2d = [1,2,3,4]",
        "(1,2)",
        "__import__('os')",
        "",
    ):
        assert page_boxes(text, "relative", [PLAIN]) == ()


def test_a_prompt_without_images_has_no_boxes() -> None:
    assert page_boxes("<box>(0,0),(100,100)</box>", "relative", []) == ()


def test_marks_are_taken_out_of_a_reply_and_what_they_name_stays() -> None:
    assert without_marks("<ref>12,50</ref><box>(1,2),(3,4)</box> in all") == "12,50 in all"
    text = "<|object_ref_start|>12,50<|object_ref_end|><|box_start|>(1,2),(3,4),(5,6),(7,8)<|box_end|>"
    assert without_marks(text) == "12,50"
    for untouched in ("a <ref> and a <box> as printed", "f(1,2),(3,4)", '{"value": 1}'):
        assert without_marks(untouched) == untouched


@settings(deadline=None)
@given(
    st.text(alphabet='<>|()[]{}",:0123456789-. boxrefimage_2dstartend\\n', max_size=200) | st.text(max_size=100),
    st.sampled_from(["relative", "absolute"]),
)
def test_no_text_breaks_it(text: str, convention: Convention) -> None:
    for said in (text, f'"bbox_2d"{text}', f'{{"bbox_2d":[{text}]}}', f"<box>{text}"):
        for page, box in page_boxes(said, convention, [PLAIN, PADDED]):
            assert page in (1, 2)
            assert 0 <= box.x0 < box.x1 <= 1
            assert 0 <= box.y0 < box.y1 <= 1
        without_marks(said)


@settings(deadline=None, max_examples=60)
@given(
    size=st.tuples(st.integers(60, 3000), st.integers(60, 3000)),
    turn=st.sampled_from([0, 90, 180, 270]),
    policy=st.sampled_from(["native", "overview", "tiles", "textbook"]),
    factor=st.sampled_from([28, 32]),
    convention=st.sampled_from(["relative", "absolute"]),
    data=st.data(),
)
def test_what_a_model_says_on_any_tile_comes_back_to_the_same_place_of_the_page(
    size: tuple[int, int], turn: int, policy: Policy, factor: int, convention: Convention, data: st.DataObject
) -> None:
    tiles = plan(3, size, Tiling(policy=policy, factor=factor), turn)
    image = data.draw(st.integers(1, len(tiles)))
    x0, x1 = sorted(data.draw(st.tuples(st.floats(0, 1), st.floats(0, 1)).filter(lambda pair: pair[0] != pair[1])))
    y0, y1 = sorted(data.draw(st.tuples(st.floats(0, 1), st.floats(0, 1)).filter(lambda pair: pair[0] != pair[1])))
    place = Box(x0, y0, x1, y1)
    tile = tiles[image - 1]
    on_canvas = tile.from_page(place)
    if on_canvas is None or min(on_canvas.width, on_canvas.height) < 1e-3:
        return  # it does not show on that tile
    said = relative(tile, on_canvas) if convention == "relative" else on_canvas
    text = json.dumps({"value": "x", "image": image, "bbox_2d": [round(side, 9) for side in said]})
    (found,) = page_boxes(text, convention, tiles)
    assert found.page == 3
    # What the tile shows of the place, no less and no more: the place itself where the tile shows all of it.
    assert found.box == pytest.approx(tile.to_page(on_canvas), abs=1e-6)
    if policy in ("native", "overview"):
        assert found.box == pytest.approx(place, abs=1e-6)
