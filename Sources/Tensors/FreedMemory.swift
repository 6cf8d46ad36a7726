import CKernels

/// Memory that this process does not use any more.
public enum FreedMemory {
    /// Gives it back to the system. The C library keeps what was freed between blocks that are in use; after much reading and
    /// decoding that is gigabytes.
    public static func giveBack() { pool_trim() }

    /// From now on the C library gives every large block back to the system when it is freed. For long work in little memory; new blocks cost
    /// more time.
    public static func returnLargeBlocks() { pool_return_large() }

    /// Frees the large blocks that this thread holds for tensors to come, and that none has used between the `age` last calls of this function:
    /// where work comes in pieces of many sizes, blocks of all of them would be held.
    public static func freeUnusedBlocks(age: Int) { _ = pool_free_unused(Int32(age)) }
}
