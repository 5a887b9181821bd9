"""The picture of the task: what its boxes show is what the task says."""

from matplotlib.patches import Rectangle

from deref.sections.ch06.task import figures


def test_known_bits_leave_the_cells_whose_numbers_begin_with_them():
    figure, data = figures.example()
    assert data["candidates"] == [8, 4, 2, 1]
    assert [round(best, 4) for best in data["best"]] == [0.6367, 0.6875, 0.75, 1]
    boxes = [one for one in figure.axes[0].patches if isinstance(one, Rectangle)]
    rows = [[one.get_facecolor()[3] > 0 for one in boxes[i:i + figures.TASK.M]]
            for i in range(0, len(boxes), figures.TASK.M)]
    assert [sum(row) for row in rows] == [1, 8, 4, 2, 1]
    assert all(row[figures.ADDRESS] for row in rows)
