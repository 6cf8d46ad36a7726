"""Which of 16 shards some names belong to: FNV-1a (Fowler, Noll, Vo), mixed by SplitMix64's finaliser (Steele, Lea and Flood 2014),
scaled to the number of shards (Lemire 2019). Prints the numbers of Tests/NumericsTests/ShardTests.swift."""

MASK = (1 << 64) - 1


def mixed(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def seeded(seed):
    return mixed((seed + 0x9E3779B97F4A7C15) & MASK)


def derived(key, use):
    fnv = 0xCBF29CE484222325
    for byte in use.encode():
        fnv = (fnv ^ byte) * 0x100000001B3 & MASK
    return seeded(key ^ fnv)


def shard(name, count):
    return (derived(derived(seeded(0), "shard"), name) * count >> 64) + 1


print([shard(name, 16) for name in ["a.wav", "b.wav", "clips/1", "clips/2", "ünïcode", ""]])
