"""All made pages by name, each with the grids that stand on it (none on pages that only look like tables)."""

from __future__ import annotations

from tests.engines.ocr.tables import lookalikes, more_styles, styles
from tests.engines.ocr.tables.made import Grids, Sheet


def pages() -> dict[str, tuple[Sheet, Grids]]:
    """Every page by name."""
    return {
        "full grid": styles.full_grid(),
        "rules over and under the headings": styles.booktabs(),
        "no rules": styles.borderless(),
        "wrapped texts in a grid": styles.wrapped_in_grid(),
        "two levels of headings with rules": styles.two_level_headings(True),
        "two levels of headings without rules": styles.two_level_headings(False),
        "groups and a total": styles.groups_and_total(),
        "two tables, one under the other": styles.stacked(),
        "two tables side by side": styles.side_by_side(),
        "wrapped texts between rules": styles.wrapped_book(),
        "a rule under every row": styles.ruled_rows(),
        "a table beside running text": styles.beside_prose(),
        "wrapped labels": styles.wrapped_labels(),
        "dollar signs away from their numbers": styles.dollars(),
        "numbers close together": styles.tight_numbers(),
        "texts without rules": styles.three_text_columns(),
        "two columns": styles.two_columns_book(),
        "merged headings in a grid": styles.headings_in_grid(),
        "two columns of running text": lookalikes.columns_of_prose(2),
        "three columns of running text": lookalikes.columns_of_prose(3),
        "four narrow columns of running text": lookalikes.columns_of_prose(4),
        "a table of contents": lookalikes.contents(),
        "a letter's head": lookalikes.letter(),
        "a numbered list": lookalikes.bullets(),
        "a chart": lookalikes.chart(),
        "a list of references": lookalikes.references(),
        "labels in small letters": more_styles.small_letters(),
        "columns that stand close": more_styles.close_columns(),
        "yes and no": more_styles.yes_and_no(),
        "notes in the frame": more_styles.notes_in_the_frame(),
        "a list in a cell": more_styles.list_in_a_cell(),
        "a framed letter": more_styles.framed_letter(),
    }
