"""Golden values of AdamW (Loshchilov and Hutter 2019) and of gradient clipping by the norm of all gradients."""

import torch
from golden import Case, seeded, uniform, write

STEPS = 5

cases = []
for name, settings in [
    ("transformer settings", dict(lr=0.01, betas=(0.9, 0.98), eps=1e-9, weight_decay=0.1)),
    ("PyTorch's defaults", dict(lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)),
    ("no weight decay", dict(lr=0.1, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.0)),
]:
    generator = seeded(13)
    parameters = [uniform(generator, 3, 4), uniform(generator, 5)]
    gradients = [[uniform(generator, *p.shape, requires_grad=False) for p in parameters] for _ in range(STEPS)]
    gradients[1][1].zero_()
    case = Case(name).number(
        learningRate=settings["lr"],
        beta1=settings["betas"][0],
        beta2=settings["betas"][1],
        epsilon=settings["eps"],
        weightDecay=settings["weight_decay"],
        stepCount=STEPS,
    )
    for index, parameter in enumerate(parameters):
        case.tensor(f"parameter{index}", parameter)
    optimizer = torch.optim.AdamW(parameters, **settings)
    for step in range(STEPS):
        for index, parameter in enumerate(parameters):
            parameter.grad = gradients[step][index].clone()
            case.tensor(f"step{step + 1}.gradient{index}", gradients[step][index])
        optimizer.step()
        for index, parameter in enumerate(parameters):
            case.tensor(f"step{step + 1}.parameter{index}", parameter)
    for index, parameter in enumerate(parameters):
        state = optimizer.state[parameter]
        case.tensor(f"firstMoment{index}", state["exp_avg"]).tensor(f"secondMoment{index}", state["exp_avg_sq"])
    cases.append(case)
write("TrainingTests", "adamw", cases)

cases = []
for name, limit in [("above the limit", 1.0), ("below the limit", 100.0)]:
    generator = seeded(14)
    parameters = [uniform(generator, 3, 4), uniform(generator, 5)]
    case = Case(name).number(maximumNorm=limit)
    for index, parameter in enumerate(parameters):
        parameter.grad = uniform(generator, *parameter.shape, low=-2, high=2, requires_grad=False)
        case.tensor(f"gradient{index}", parameter.grad.clone())
    case.tensor("norm", torch.nn.utils.clip_grad_norm_(parameters, limit))
    for index, parameter in enumerate(parameters):
        case.tensor(f"clipped{index}", parameter.grad)
    cases.append(case)
write("TrainingTests", "gradient_clipping", cases)
