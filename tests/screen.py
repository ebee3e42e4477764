"""A bench that keeps what it would show: tables of figures by name, rows of the last summary."""


class Screen:
    """What a bench would show."""

    def __init__(self):
        self.figures, self.rows = {}, []

    def say(self, text):
        pass

    def figure(self, name, drawn):
        self.figures[name] = drawn[1]

    def summary(self, title, columns, rows):
        self.rows = [dict(zip(columns, row, strict=True)) for row in rows]
