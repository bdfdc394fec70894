"""Prints numpy_case.inc: the expected values of Score.AgreesWithNumPy."""
import numpy as np

a = (((np.arange(30) * 37 + 11) % 101).astype(np.float32) / np.float32(50) - np.float32(1)).reshape(5, 6)
b = (((np.arange(42) * 53 + 29) % 103).astype(np.float32) / np.float32(51) - np.float32(1)).reshape(7, 6)


def unit(x):
    return (x.astype(np.float64) / np.linalg.norm(x.astype(np.float64), axis=1, keepdims=True)).astype(np.float32)


scores = unit(a).astype(np.float64) @ unit(b).astype(np.float64).T
for rank, at in enumerate(np.argsort(-scores, axis=None)[:3]):
    i, j = divmod(int(at), scores.shape[1])
    print(f"EXPECT_EQ(result.top_pairs[{rank}].a, {i}U);")
    print(f"EXPECT_EQ(result.top_pairs[{rank}].b, {j}U);")
    print(f"EXPECT_NEAR(result.top_pairs[{rank}].score, {scores[i, j]!r}, 1e-14);")
for i in range(5):
    print(f"EXPECT_EQ(result.row_bests[{i}].b, {int(scores[i].argmax())}U);")
