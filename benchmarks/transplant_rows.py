"""Rows for new tokens by ridge regression and the residuals of neighbours: the method in NumPy, as slow and plain as it reads.

W: the base's rows (tokens, d); D: the donor's rows (tokens, e), of the tokenizer that the model is to have.
shared: {donor id: base id} of tokens with the same bytes.
pieces: {donor id: base ids}; for a new token the base's encoding of its bytes; for a shared one what the base's merges make of
its bytes when they may not make the token itself. Shared tokens without such pieces (one byte) are not fitted.

    x(t)   = [D[t], W[first piece], W[last piece], mean of W[pieces], 1]
    beta   = (X'X + ridge * mean(diagonal(X'X)) I)^-1 X'Y      over shared tokens, Y their rows in the base
    row(t) = x(t) beta + sum over the nearest shared tokens s of w_s (Y_s - x(s) beta)
    w_s    = c_s^power / sum, c_s = max(0, cosine of D[t] - m and D[s] - m), m the mean of the shared donor rows
"""

import numpy as np


def features(W, D, tokens, pieces):
    rows = [W[pieces[token]] for token in tokens]
    parts = [D[tokens], [row[0] for row in rows], [row[-1] for row in rows], [row.mean(axis=0) for row in rows], np.ones((len(tokens), 1))]
    return np.concatenate([np.asarray(part, dtype=np.float64) for part in parts], axis=1)


def unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def new_rows(W, D, shared, pieces, new, ridge=1e-2, neighbours=32, power=6):
    """The rows of the tokens `new`, in their order."""
    fitted = [token for token in shared if token in pieces]
    X, Y = features(W, D, fitted, pieces), W[[shared[token] for token in fitted]].astype(np.float64)
    gram = X.T @ X
    gram += ridge * gram.diagonal().mean() * np.eye(len(gram))
    beta = np.linalg.solve(gram, X.T @ Y)
    residuals = Y - X @ beta
    rows = features(W, D, new, pieces) @ beta
    middle = D[fitted].mean(axis=0)
    atoms = unit(D[fitted] - middle)
    for at, target in enumerate(unit(D[new] - middle)):
        cosine = atoms @ target
        nearest = np.argsort(-cosine, kind="stable")[:neighbours]  # ties: the lower index
        weights = np.maximum(cosine[nearest], 0.0) ** power
        if weights.sum() > 0:
            rows[at] += weights @ residuals[nearest] / weights.sum()
    return rows
