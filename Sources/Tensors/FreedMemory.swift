import CKernels

/// Memory that this process does not use any more.
public enum FreedMemory {
    /// Gives it back to the system. The C library keeps what was freed between blocks that are in use; after much reading and
    /// decoding that is gigabytes.
    public static func giveBack() { pool_trim() }
}
