"""Golden values of nn.TransformerEncoderLayer and nn.TransformerDecoderLayer, without dropout.

The upstream gradient is 0 at padded positions, as a loss leaves it: what a layer computes there must then
not reach any other gradient. Lengths say how many positions of an utterance are real.
"""

import torch
from golden import Case, add_module, causal_mask, padding_mask, randomize, seeded, uniform, write

BATCH, HEADS, DIMENSION, FEED_FORWARD = 2, 2, 8, 16
TIME, MEMORY_TIME = 5, 6

STYLES = [("post-norm, relu", False, "relu"), ("pre-norm, gelu", True, "gelu")]


def describe(case, norm_first, activation, module):
    case.number(headCount=HEADS, epsilon=1e-5)
    case.word(norm="pre" if norm_first else "post", activation=activation)
    return add_module(case, module)


def masked_upstream(generator, lengths):
    upstream = uniform(generator, BATCH, TIME, DIMENSION, requires_grad=False)
    return upstream * padding_mask(lengths, TIME)[:, :, None]


encoder_cases, decoder_cases = [], []
for style, norm_first, activation in STYLES:
    for lengths in ([TIME, TIME], [TIME, 3]):
        options = dict(
            dropout=0.0, activation=activation, batch_first=True, norm_first=norm_first, layer_norm_eps=1e-5
        )
        generator = seeded(9)
        layer = randomize(torch.nn.TransformerEncoderLayer(DIMENSION, HEADS, FEED_FORWARD, **options), generator)
        input = uniform(generator, BATCH, TIME, DIMENSION)
        output = layer(input, src_key_padding_mask=~padding_mask(lengths, TIME))
        upstream = masked_upstream(generator, lengths)
        output.backward(upstream)
        case = Case(f"{style}, lengths {lengths}").tensor("lengths", torch.tensor(lengths))
        case.tensor("input", input).tensor("output", output).tensor("upstream", upstream).gradients(input=input)
        encoder_cases.append(describe(case, norm_first, activation, layer))

        generator = seeded(10)
        layer = randomize(torch.nn.TransformerDecoderLayer(DIMENSION, HEADS, FEED_FORWARD, **options), generator)
        input = uniform(generator, BATCH, TIME, DIMENSION)
        memory = uniform(generator, BATCH, MEMORY_TIME, DIMENSION)
        memory_lengths = [MEMORY_TIME, MEMORY_TIME] if lengths == [TIME, TIME] else [MEMORY_TIME, 4]
        output = layer(
            input,
            memory,
            tgt_mask=~causal_mask(TIME),
            tgt_key_padding_mask=~padding_mask(lengths, TIME),
            memory_key_padding_mask=~padding_mask(memory_lengths, MEMORY_TIME),
        )
        upstream = masked_upstream(generator, lengths)
        output.backward(upstream)
        case = Case(f"{style}, lengths {lengths}, memory lengths {memory_lengths}")
        case.tensor("lengths", torch.tensor(lengths)).tensor("memoryLengths", torch.tensor(memory_lengths))
        case.tensor("input", input).tensor("memory", memory).tensor("output", output).tensor("upstream", upstream)
        case.gradients(input=input, memory=memory)
        decoder_cases.append(describe(case, norm_first, activation, layer))
write("NeuralNetworkTests", "encoder_layer", encoder_cases)
write("NeuralNetworkTests", "decoder_layer", decoder_cases)
