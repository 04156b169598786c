"""What the lessons teach."""

LESSONS: list[object] = []
