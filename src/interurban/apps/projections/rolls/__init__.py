"""School rolls: pupils by school and year group in the years ahead, and how far to trust them.

Arrays first, over all schools at once (``history``, ``progression``, ``projection``, ``capacity``,
``bands``, ``back_test``; ``regional`` for whole areas), then ``models`` and ``graphs`` over them.
"""
