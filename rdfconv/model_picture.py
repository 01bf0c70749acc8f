"""A picture of the model: ``ontology/mapping.ttl`` as SVG, drawn without any other program.

    python -m rdfconv.model_picture server/static/model.svg

Each record type is a box with its literal properties; an arrow is a property that links two record
types, or a record to IRIs elsewhere or terms of the ontology (dashed). What the boxes and arrows
say is read from the mapping; only where they stand is decided here. The same mapping gives the same
bytes.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

from rdfconv.drawing import CHARACTER, Drawing, Point
from rdfconv.errors import OntologyError
from rdfconv.mapping import MappingFile
from rdfconv.model_boxes import (
    COLUMNS,
    DOCUMENTS,
    LINE,
    PAD,
    PILL,
    ROW,
    Box,
    Model,
    read_model,
)
from rdfconv.vocabulary import ontology_folder

TITLE = "The model: what the converter writes"
LEGEND = (
    "A box is a kind of node: its classes, the form of its IRI, its literal properties.",
    "An arrow is a property that leads to another node; "
    "dashed: an IRI elsewhere, or a term of the ontology.",
    "0..1: none or one; 0..n: any number; nothing said: exactly one.",
)

MARGIN = 36.0
TOP = 72.0
GAP = 40.0
"""Between the boxes of a column."""
LANE = 14.0
"""Between lines beside each other."""


def draw(model: Model) -> str:
    """The picture.

    Returns:
        An SVG document without styles and scripts, so that it shows under any content policy.

    Raises:
        OntologyError: there is an arrow that the layout has no way for.
    """
    return _Picture(model).svg()


class _Picture:
    """The layout: three columns, a row below them, and the named graph of the pages."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.boxes = model.boxes
        self.columns = [[model.boxes[name] for name in names] for names in COLUMNS]
        self.row = [model.boxes[name] for name in ROW]
        self.documents = [model.boxes[name] for name in DOCUMENTS]
        self.drawing = Drawing()
        self.target = Box("", model.boxes["Protein"].classes[:1], "the target: as on the left")
        self.left = dict(model.links)
        """The arrows that are still to be drawn."""

    def svg(self) -> str:
        """Everything, in a fixed order."""
        self._place()
        bottom = self._place_documents()
        self._draw_edge()
        self._draw_protein()
        self._draw_evidence()
        self._draw_sites()
        self._draw_documents()
        self._draw_loops()
        for box in (*self.boxes.values(), self.target):
            self._draw_box(box)
        if self.left:
            raise OntologyError(
                f"the picture of the model has no way for the arrows {sorted(self.left)}",
                hint="draw them in rdfconv/model_picture.py",
            )
        for line in LEGEND:
            bottom += LINE
            self.drawing.text(Point(MARGIN, bottom), line, quiet=True)
        width = self.columns[-1][0].right + MARGIN
        return self.drawing.document(width, bottom + PAD, TITLE, self.model.description())

    # Where the boxes stand

    def _place(self) -> None:
        x = MARGIN
        for number, (column, last) in enumerate(zip(self.columns, self.row, strict=True)):
            width = max(box.needed_width for box in (*column, last))
            y = TOP
            if number == 1:
                y += 2 * GAP  # the direct edge passes above
            if number == 2:
                self.target.x, self.target.y, self.target.width = x, y, width
                y = self.target.bottom + GAP + LINE
            for box in column:
                if box.name == "SourceDatabase":
                    y = max(y, self.boxes["Paper"].y)  # beside the papers that it leads to
                box.x, box.y, box.width = x, y, width
                labels = self.model.links.get((box.name, _next(column, box)), [])
                y += box.full_height + GAP + (LINE * len(labels) if number == 1 else 0.0)
            last.x, last.y, last.width = x, y, width
            x += width + (self._gap(number) if number < 2 else 0.0)
        level = max(box.y for box in self.row) + GAP
        for box in self.row:
            box.y = level
        # Higher than the others: two of its arrows pass above them.
        self.boxes["BindingSite"].y -= 3 * LINE

    def _gap(self, left: int) -> float:
        """The room between two columns: the longest label, and lines beside each other."""
        names = {name for column in COLUMNS[left : left + 2] for name in column}
        names |= set(ROW[left : left + 2])
        middle = set(COLUMNS[1])
        return (6 - 2 * left) * LANE + CHARACTER * max(
            len(line)
            for (source, target), labels in self.model.links.items()
            if source != target and {source, target} <= names and not {source, target} <= middle
            for label in labels
            for line in label.split("\n")
        )

    def _place_documents(self) -> float:
        """Places the boxes of the pages in their frame.

        Returns:
            Where the frame ends.
        """
        y = max(box.y + box.full_height for box in self.row) + 1.5 * GAP
        width = self.columns[-1][0].right - MARGIN
        self.frame = Point(MARGIN, y)
        boxes = self.documents
        free = width - 2 * PAD - sum(box.needed_width for box in boxes)
        x = MARGIN + PAD
        for box in boxes:
            box.x, box.y, box.width = x, y + LINE + PAD, box.needed_width
            x = box.right + free / (len(boxes) - 1)
        end = max(box.y + box.full_height for box in boxes) + 2 * PAD
        self.drawing.frame(self.frame, width, end - y)
        self.drawing.text(
            Point(boxes[1].x, y + LINE - 1.0),
            "in a named graph of their own: TFLink's pages as documents, cell by cell",
            quiet=True,
        )
        return end

    # The arrows

    def _take(self, source: str, target: str) -> list[str]:
        """The labels of the arrow between two record types, which is then drawn."""
        return self.left.pop((source, target), [])

    def _label(self, place: Point, labels: list[str], anchor: str = "start") -> None:
        """Labels above a line, the last of them next to it."""
        lines = [line for label in labels for line in label.split("\n")]
        for number, label in enumerate(reversed(lines)):
            above = Point(place.x, place.y - 5.0 - LINE * number)
            self.drawing.text(above, label, anchor=anchor, label=True)

    def _draw_edge(self) -> None:
        """The direct edge; the edge as a thing with its two roles; what hangs below it."""
        protein, interaction = self.boxes["Protein"], self.boxes["Interaction"]
        y = TOP + LINE
        self.drawing.arrow([Point(protein.right, y), Point(self.target.x, y)], bold=True)
        middle = interaction.x + interaction.width / 2
        for number, label in enumerate(self.model.direct.get("Protein", [])):
            place = Point(middle, y - PAD - LINE * number)
            self.drawing.text(place, label, anchor="middle", bold=True)
        roles = self._take("Interaction", "Protein")
        # The regulator is on the left: of the two roles the first.
        y = interaction.y + LINE
        self.drawing.arrow([Point(interaction.x, y), Point(protein.right, y)])
        self._label(Point(protein.right + LANE, y), roles[:1])
        end = Point(self.target.x, self.target.bottom - PAD)
        lane = interaction.right + LANE
        path = [Point(interaction.right, y), Point(lane, y), Point(lane, end.y), end]
        self.drawing.arrow(path)
        self._label(Point(lane + PAD, end.y + LINE + 2.0), roles[1:])
        x = interaction.right - GAP  # beside what hangs below the upper box
        for upper, lower in pairwise(self.columns[1]):
            labels = self._take(upper.name, lower.name)
            self.drawing.arrow([Point(x, upper.bottom), Point(x, lower.y)])
            y = (upper.y + upper.full_height + lower.y + LINE * len(labels)) / 2
            self._label(Point(x - PAD, y), labels, "end")

    def _draw_protein(self) -> None:
        """From the protein to what is below it."""
        protein = self.boxes["Protein"]
        below = [box for box in self.columns[0][1:] if (protein.name, box.name) in self.left]
        for number, box in enumerate(below):
            # The two lanes next to the middle column are for the binding sites.
            x = self.boxes["Interaction"].x - LANE * (len(below) + 2 - number)
            start = Point(protein.right, protein.bottom - PAD - LANE * number)
            end = Point(box.right, box.y + LINE)
            self.drawing.arrow([start, Point(x, start.y), Point(x, end.y), end])
            self._label(Point(end.x + LANE, end.y), self._take(protein.name, box.name))

    def _draw_loops(self) -> None:
        """From things to others of their kind: over their box."""
        for box in self.boxes.values():
            if labels := self._take(box.name, box.name):
                x, end = box.x + 2 * LANE, box.x + 2 * LANE + GAP
                over = box.y - 1.5 * LANE
                corners = [Point(x, box.y), Point(x, over), Point(end, over), Point(end, box.y)]
                self.drawing.arrow(corners)
                self._label(Point(end + PAD, box.y), labels)

    def _draw_evidence(self) -> None:
        """From the evidence to what supports it, and from a database to its paper."""
        evidence = self.boxes["Evidence"]
        linked = [box for box in self.columns[2] if (evidence.name, box.name) in self.left]
        for number, box in enumerate(linked):
            share = (number + 1) / (len(linked) + 1)
            start = Point(evidence.right, evidence.y + evidence.height * share)
            end = Point(box.x, box.y + LINE)
            # So that no line crosses another: of those that lead down the upper one turns last.
            lane = len(linked) - number if end.y > start.y else number + 1
            x = evidence.right + LANE * lane
            self.drawing.arrow([start, Point(x, start.y), Point(x, end.y), end])
            self._label(Point(end.x - LANE, end.y), self._take(evidence.name, box.name), "end")
        database, paper = self.boxes["SourceDatabase"], self.boxes["Paper"]
        if labels := self._take(database.name, paper.name):
            start = Point(database.x, database.bottom - PAD)
            end = Point(paper.right, min(max(start.y, paper.y + PAD), paper.bottom - PAD))
            x = paper.right + LANE * (len(linked) + 1)
            self.drawing.arrow([start, Point(x, start.y), Point(x, end.y), end])
            self._label(Point(start.x - PAD, start.y + LINE + 2.0), labels, "end")

    def _draw_sites(self) -> None:
        """From a binding site to what binds it, to its evidence and to the genome."""
        assembly, chromosome, site = self.row
        evidence, protein, taxon = (self.boxes[n] for n in ("Evidence", "Protein", "Taxon"))
        ends = [
            Point(evidence.x, evidence.bottom - PAD),
            Point(protein.right, protein.bottom - PAD - 2 * LANE),
        ]
        for number, (box, end) in enumerate(zip((evidence, protein), ends, strict=True)):
            y = site.y + LINE + 1.5 * LINE * number
            x = evidence.x - LANE * (number + 1)
            self.drawing.arrow([Point(site.x, y), Point(x, y), Point(x, end.y), end])
            self._label(Point(site.x - PAD, y), self._take(site.name, box.name), "end")
        for source, target in ((site, chromosome), (chromosome, assembly)):
            y = target.bottom - PAD
            self.drawing.arrow([Point(source.x, y), Point(target.right, y)])
            self._label(Point(target.right + LANE, y), self._take(source.name, target.name))
        start, end = Point(assembly.right, assembly.y + PAD), Point(taxon.right, taxon.bottom - PAD)
        x = taxon.right + 2 * LANE
        self.drawing.arrow([start, Point(x, start.y), Point(x, end.y), end])
        self._label(Point(x + PAD, start.y), self._take(assembly.name, taxon.name))

    def _draw_documents(self) -> None:
        """From the pages' documents to each other, to the protein and to the data set."""
        page, *parts = self.documents
        low = max(box.bottom for box in parts) + LINE
        turn = Point(page.right + 2 * LANE, page.y + 2 * LINE)
        labels: dict[str, None] = {}
        for part in parts:
            middle = part.x + part.width / 2
            path = [Point(middle, part.bottom), Point(middle, low)]
            if part is parts[-1]:
                path += [Point(turn.x, low), turn, Point(page.right, turn.y)]
            self.drawing.arrow(path, head=part is parts[-1])
            labels |= dict.fromkeys(self._take(part.name, page.name))
        self._label(Point(turn.x + PAD, low), list(labels))
        above = self.frame.y - LINE
        if labels_up := self._take(page.name, "Protein"):
            x, end = MARGIN - 1.5 * LANE, Point(MARGIN, TOP + LINE)
            start = Point(page.x, page.y + LINE)
            self.drawing.arrow([start, Point(x, start.y), Point(x, end.y), end])
            self._label(Point(x + PAD, above), labels_up)
        if labels_up := self._take(page.name, "Dataset"):
            dataset = self.boxes["Dataset"]
            right, end = dataset.right + 1.5 * LANE, Point(dataset.right, dataset.y + LINE)
            start = Point(page.right - 2 * LANE, page.y)
            path = [Point(start.x, above), Point(right, above), Point(right, end.y), end]
            self.drawing.arrow([start, *path])
            self._label(Point(start.x + PAD, above), labels_up)

    # The boxes

    def _draw_box(self, box: Box) -> None:
        x, y = box.x + PAD, box.y + LINE
        head = len(box.classes) + bool(box.iri)
        height = head * LINE + PAD - 2.0 if box.literals else box.height
        self.drawing.box(Point(box.x, box.y), box.width, box.height, height)
        for number, name in enumerate(box.classes):
            self.drawing.text(Point(x, y), name, bold=not number)
            y += LINE
        if box.iri:
            self.drawing.text(Point(x, y), box.iri, quiet=True)
            y += LINE
        y += PAD
        for name, kind in box.literals:
            self.drawing.text(Point(x, y), name)
            if kind:
                self.drawing.text(Point(box.right - PAD, y), kind, anchor="end", quiet=True)
            y += LINE
        self._draw_outside(box)

    def _draw_outside(self, box: Box) -> None:
        """What leads elsewhere, as a tree below the box."""
        trunk, y, start = box.x + PAD, box.bottom, box.bottom
        for label, forms in box.outside.items():
            y += LINE
            self.drawing.text(Point(trunk + 2 * PAD, y), label, label=True)
            for form in forms:
                middle = y + PILL / 2 + 1.0
                place = Point(trunk + 3 * PAD, y + 4.0)
                path = [Point(trunk, start), Point(trunk, middle), Point(place.x, middle)]
                self.drawing.arrow(path)
                start = middle
                self.drawing.frame(place, len(form) * CHARACTER + 2 * PAD, PILL - 6.0, PAD)
                self.drawing.text(Point(place.x + PAD, middle + 4.0), form)
                y += PILL


def _next(column: list[Box], box: Box) -> str:
    place = column.index(box) + 1
    return column[place].name if place < len(column) else ""


def main(path: str) -> None:
    """Writes the picture."""
    model = read_model(MappingFile.load(), ontology_folder() / "tflink.ttl")
    Path(path).write_text(draw(model), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
