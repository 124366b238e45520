"""Regions between edges: against the lowest paths that SciPy's spanning tree gives."""

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.csgraph

from colorizer_tf.inference.hints.regions import HEIGHTS, REMAINS, edges, regions_of, together


def highest_on_lowest_paths(steps):
    """For each pair of pixels the highest step on the path where that is lowest."""
    index = np.arange(steps.size).reshape(steps.shape)
    pairs = [(index[1:], index[:-1]), (index[:, 1:], index[:, :-1])]
    one, two = (np.concatenate([pair[i].ravel() for pair in pairs]) for i in (0, 1))
    flat = steps.ravel()
    shape = (steps.size, steps.size)
    graph = scipy.sparse.csr_matrix((np.maximum(flat[one], flat[two]), (one, two)), shape)
    tree = scipy.sparse.csgraph.minimum_spanning_tree(graph).tocoo()
    found = np.diag(flat)
    joined = {pixel: [pixel] for pixel in range(steps.size)}
    for number in np.argsort(tree.data):
        a, b = joined[tree.row[number]], joined[tree.col[number]]
        found[np.ix_(a, b)] = found[np.ix_(b, a)] = tree.data[number]
        for pixel in b:
            joined[pixel] = a
        a += b
    return found


def test_regions_are_those_of_the_lowest_paths(rng):
    lightness = np.kron(rng.uniform(20, 80, (3, 4)), np.ones((4, 4)))
    lightness = (lightness + rng.normal(0, 1, lightness.shape)).astype(np.float32)
    steps = edges(lightness)
    heights = highest_on_lowest_paths(steps)
    regions = regions_of(lightness)
    # A pixel counts as the calmest one around it.
    padded = np.pad(steps, 1, constant_values=np.inf)
    around = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).reshape(*steps.shape, 9)
    offset = around.argmin(-1)
    y, x = np.mgrid[: steps.shape[0], : steps.shape[1]]
    calm = ((y + offset // 3 - 1) * steps.shape[1] + x + offset % 3 - 1).ravel()
    heights = heights[np.ix_(calm, calm)]
    heights[np.equal.outer(calm, calm)] = 0
    expected = REMAINS[(heights[..., None] < HEIGHTS).sum(-1)]
    np.testing.assert_allclose(together(regions, regions), expected)
    # As a product with a kernel it must be one.
    assert np.linalg.eigvalsh(together(regions, regions).astype(float)).min() > -1e-4


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1)])
def test_lines_and_single_pixels_have_regions(shape):
    assert regions_of(np.full(shape, 50, np.float32)).shape == (len(HEIGHTS), np.prod(shape))


def test_texture_does_not_part_and_a_step_does(rng):
    texture = 50 + rng.normal(0, 8, (60, 80)).astype(np.float32)
    split = np.where(np.arange(80) < 40, 45, 65) + rng.normal(0, 0.5, (60, 80))
    inside, across = [], []
    for lightness, found in ((texture, inside), (split.astype(np.float32), across)):
        regions = regions_of(lightness)
        left, right = (regions[:, 30 * 80 + x : 30 * 80 + x + 5] for x in (15, 60))
        found.append(together(left, right).mean())
    assert inside[0] > 0.5
    assert across[0] < 0.05
