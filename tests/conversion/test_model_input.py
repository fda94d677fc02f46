from __future__ import annotations

import numpy as np
import pytest

from conversion import Fit, Picture, SourceFormat, to_model_input
from tests.conversion.pictures import BLUE, GREEN, RED, WHITE, is_near, quarters


@pytest.mark.parametrize(("fit", "region"), [(Fit.STRETCH, (0, 0, 200, 100)), (Fit.CENTRE_CROP, (50, 0, 150, 100))])
def test_the_region_is_what_the_model_sees(fit: Fit, region: tuple[int, int, int, int]) -> None:
    given = to_model_input(Picture(quarters(200, 100), SourceFormat.PNG), 64, 64, fit)
    assert given.region == region
    assert given.pixels.shape == (64, 64, 3)
    assert given.pixels.dtype == np.uint8
    for (y, x), colour in {(8, 8): RED, (8, 56): GREEN, (56, 8): BLUE, (56, 56): WHITE}.items():
        assert is_near(given.pixels[y, x], colour, 1)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1)])
def test_any_shape_fits(size: tuple[int, int]) -> None:
    picture = Picture(np.full((size[1], size[0], 3), 77, np.uint8), SourceFormat.PNG)
    for fit in Fit:
        assert (to_model_input(picture, 32, 48, fit).pixels == 77).all()


def test_shrinking_averages() -> None:
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[::2] = 255
    given = to_model_input(Picture(stripes, SourceFormat.PNG), 32, 32, Fit.STRETCH)
    assert is_near(given.pixels[4:-4], np.full((24, 32, 3), 127), 4)
