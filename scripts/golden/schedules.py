"""Golden values of learning-rate schedules: the rate that step 1, 2, 3 ... is taken with.

- noam: Vaswani et al. (2017), equation 3: factor * dimension^-0.5 * min(step^-0.5, step * warmup^-1.5).
- inverse square root: linear to `peak` at step `warmup`, then peak * sqrt(warmup / step): the same curve, named by its peak.
- cosine: linear to `peak` at step `warmup`, then half a cosine down to `final` at step `total`, `final` after it.
  PyTorch's CosineAnnealingLR, started at step `warmup`, gives the second part.
"""

import math

import torch
from golden import Case, write

steps = list(range(1, 31))
cases = []

dimension, warmup, factor = 256, 10, 2.0
rates = [factor * dimension**-0.5 * min(s**-0.5, s * warmup**-1.5) for s in steps]
case = Case("noam").number(modelDimension=dimension, warmupSteps=warmup, factor=factor)
cases.append(case.tensor("steps", torch.tensor(steps)).tensor("learningRates", torch.tensor(rates)))

peak = 0.002
rates = [peak * min(s / warmup, math.sqrt(warmup / s)) for s in steps]
case = Case("inverse square root").number(peak=peak, warmupSteps=warmup)
cases.append(case.tensor("steps", torch.tensor(steps)).tensor("learningRates", torch.tensor(rates)))

final, total = 0.0001, 25
optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
annealing = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total - warmup, eta_min=final)
rates = []
for step in steps:
    if step <= warmup:
        rates.append(peak * step / warmup)
    elif step <= total:
        optimizer.step()
        annealing.step()
        rates.append(annealing.get_last_lr()[0])
    else:
        rates.append(final)
case = Case("cosine").number(peak=peak, final=final, warmupSteps=warmup, totalSteps=total)
cases.append(case.tensor("steps", torch.tensor(steps)).tensor("learningRates", torch.tensor(rates)))
write("TrainingTests", "learning_rate_schedules", cases)
