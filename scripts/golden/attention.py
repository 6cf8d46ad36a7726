"""Golden values of attention.

scaled_dot_product_attention: softmax(query keyᵀ / sqrt(head dimension) + mask) value on
[batch, head, time, head dimension]; the mask is [batch, query, key], true = may attend.
multi_head_attention: PyTorch's nn.MultiheadAttention with its in-projection split into query, key and value.
"""

import torch
import torch.nn.functional as F
from golden import Case, add_module, causal_mask, padding_mask, randomize, seeded, uniform, write

BATCH, HEADS, QUERIES, DIMENSION = 2, 2, 5, 8


def mask_of(kind, keys):
    """[batch, query, key], true = may attend."""
    mask = torch.ones(BATCH, QUERIES, keys, dtype=torch.bool)
    if "padding" in kind:
        mask = mask & padding_mask([keys, keys - 2], keys)[:, None, :]
    if "causal" in kind:
        mask = mask & causal_mask(keys)[None, :QUERIES]
    return mask


KINDS = [("no mask", 5), ("padding", 5), ("causal", 5), ("causal and padding", 5), ("cross, padding", 6), ("cross", 3)]

cases = []
for kind, keys in KINDS:
    generator = seeded(7)
    head_dimension = DIMENSION // HEADS
    query = uniform(generator, BATCH, HEADS, QUERIES, head_dimension, low=-2, high=2)
    key = uniform(generator, BATCH, HEADS, keys, head_dimension, low=-2, high=2)
    value = uniform(generator, BATCH, HEADS, keys, head_dimension)
    mask = mask_of(kind, keys)
    output = F.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None])
    upstream = uniform(generator, *output.shape, requires_grad=False)
    output.backward(upstream)
    case = Case(kind).tensor("query", query).tensor("key", key).tensor("value", value).tensor("mask", mask)
    case.tensor("output", output).tensor("upstream", upstream)
    cases.append(case.gradients(query=query, key=key, value=value))
write("AutogradTests", "scaled_dot_product_attention", cases)

cases = []
for kind, keys in KINDS:
    generator = seeded(8)
    attention = randomize(torch.nn.MultiheadAttention(DIMENSION, HEADS, batch_first=True), generator)
    query = uniform(generator, BATCH, QUERIES, DIMENSION)
    memory = uniform(generator, BATCH, keys, DIMENSION) if "cross" in kind else query
    mask = mask_of(kind, keys)
    # PyTorch's mask says where *not* to attend, for each head of each utterance.
    hidden = ~mask.repeat_interleave(HEADS, dim=0)
    output, _ = attention(query, memory, memory, attn_mask=hidden, need_weights=False)
    upstream = uniform(generator, *output.shape, requires_grad=False)
    output.backward(upstream)
    case = Case(kind).number(headCount=HEADS).tensor("query", query).tensor("mask", mask)
    if "cross" in kind:
        case.tensor("memory", memory).gradients(memory=memory)
    case.tensor("output", output).tensor("upstream", upstream).gradients(query=query)
    cases.append(add_module(case, attention))
write("NeuralNetworkTests", "multi_head_attention", cases)
