"""Golden values of the label-smoothed cross-entropy, PyTorch's convention: the target distribution is
(1 - smoothing) on the label plus smoothing / class count on every class, the label included.

Positions whose label is `padding` count neither in the sum nor in the mean.
"""

import torch
import torch.nn.functional as F
from golden import Case, seeded, uniform, write

PADDING = 0
LABELS = [[3, 1, 6, 2, 5], [4, 2, PADDING, PADDING, PADDING]]

cases = []
for smoothing in (0.0, 0.1):
    for reduction in ("sum", "mean"):
        generator = seeded(11)
        logits = uniform(generator, 2, 5, 7, low=-4, high=4)
        labels = torch.tensor(LABELS)
        loss = F.cross_entropy(
            logits.reshape(-1, 7), labels.reshape(-1), ignore_index=PADDING, label_smoothing=smoothing, reduction=reduction
        )
        loss.backward()
        case = Case(f"smoothing {smoothing}, {reduction}").number(smoothing=smoothing, padding=PADDING)
        case.word(reduction=reduction).tensor("logits", logits).tensor("labels", labels)
        cases.append(case.tensor("loss", loss).gradients(logits=logits))
write("AutogradTests", "cross_entropy", cases)
