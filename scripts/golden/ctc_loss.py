"""Golden values of the CTC loss (Graves et al. 2006), gradients with respect to the logits.

`losses` are per utterance, in nats, infinite where no alignment exists; the gradients are those of the sum of the
finite ones (zero_infinity=True). Labels stand one utterance after the other.
"""

import torch
import torch.nn.functional as F
from golden import Case, seeded, uniform, write


def case_of(name, seed, class_count, input_lengths, labels, blank=0, spread=2.0):
    generator = seeded(seed)
    time = max(input_lengths)
    logits = uniform(generator, len(labels), time, class_count, low=-spread, high=spread)
    log_probabilities = logits.log_softmax(dim=-1).transpose(0, 1)
    flat = torch.tensor([label for row in labels for label in row], dtype=torch.int64)
    lengths = torch.tensor([len(row) for row in labels])
    inputs = torch.tensor(input_lengths)
    losses = F.ctc_loss(log_probabilities.detach(), flat, inputs, lengths, blank=blank, reduction="none")
    F.ctc_loss(
        log_probabilities, flat, inputs, lengths, blank=blank, reduction="sum", zero_infinity=True
    ).backward()
    assert torch.isfinite(logits.grad).all()
    case = Case(name).number(blank=blank).tensor("logits", logits).tensor("inputLengths", inputs)
    case.tensor("labels", flat).tensor("labelLengths", lengths).tensor("losses", losses)
    return case.gradients(logits=logits)


generator = seeded(12)
long_labels = [torch.randint(1, 6, (n,), generator=generator).tolist() for n in (12, 9)]
write(
    "AutogradTests",
    "ctc_loss",
    [
        case_of("one frame, one label", 20, 3, [1], [[2]]),
        case_of("several lengths", 21, 5, [6, 4, 5], [[1, 2, 3], [4], [2, 1]]),
        case_of("repeated labels need a blank between", 22, 4, [5, 6], [[2, 2, 2], [1, 1, 3]]),
        case_of("empty target", 23, 4, [4, 3], [[], [1]]),
        # 3 labels in 2 frames; "2 2" in 2 frames; a possible one beside them.
        case_of("impossible alignments", 24, 4, [2, 2, 3], [[1, 2, 3], [2, 2], [1]]),
        case_of("exactly as many frames as labels and blanks need", 25, 4, [5, 3], [[2, 2, 2], [1, 2, 3]]),
        case_of("blank is the last class", 26, 5, [6, 5], [[0, 1, 1], [3, 0]], blank=4),
        # Peaked distributions: probabilities of whole paths underflow, their logarithms do not.
        case_of("long and peaked", 27, 6, [40, 33], long_labels, spread=30.0),
    ],
)
