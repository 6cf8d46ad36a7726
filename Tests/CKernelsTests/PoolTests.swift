import CKernels
import Glibc
import Testing

@Suite struct PoolTests {
    // Sizes around the steps between block sizes (eight for each power of two).
    private let sizes = [
        0, 1, 63, 64, 65, 255, 256, 257, 287, 288, 289, 512, 513, 1000, 4096, 4097, 1 << 20, (1 << 20) + 1,
    ]

    @Test func blocksAreAlignedAndApart() {
        let blocks = sizes.flatMap { size in (0..<3).map { _ in (pool_allocate(size)!, size) } }
        for (index, (block, size)) in blocks.enumerated() {
            #expect(Int(bitPattern: block) % 64 == 0)
            memset(block, Int32(index), size)
        }
        for (index, (block, size)) in blocks.enumerated() {
            let bytes = UnsafeRawBufferPointer(start: block, count: size)
            #expect(bytes.allSatisfy { $0 == UInt8(index) }, "block of \(size) bytes")
            pool_free(block)
        }
    }

    @Test func aFreedBlockIsUsedAgain() {
        for size in sizes {
            let block = pool_allocate(size)!
            pool_free(block)
            let again = pool_allocate(size)!
            #expect(again == block, "\(size) bytes")
            pool_free(again)
        }
    }

    // 1000 and 1024 bytes are in one class (896 < size <= 1024), 1025 are not.
    @Test func nearlyTheSameSizeSharesBlocks() {
        let block = pool_allocate(1000)!
        pool_free(block)
        let larger = pool_allocate(1025)!
        #expect(larger != block)
        let same = pool_allocate(1024)!
        #expect(same == block)
        pool_free(same)
        pool_free(larger)
    }

    // A free block of 300 MB serves 200 MB, but not 100 MB, of which it is more than twice; small blocks serve their own size alone.
    @Test func aLargeBlockServesLess() {
        let block = pool_allocate(300 << 20)!
        pool_free(block)
        let tooSmall = pool_allocate(100 << 20)!
        #expect(tooSmall != block)
        let less = pool_allocate(200 << 20)!
        #expect(less == block)
        pool_free(less)
        let again = pool_allocate(300 << 20)!
        #expect(again == block)
        pool_free(again)
        pool_free(tooSmall)
        let small = pool_allocate(3000)!
        pool_free(small)
        let smaller = pool_allocate(2000)!
        #expect(smaller != small)
        pool_free(smaller)
    }

    // On a thread of its own, whose pool holds nothing else. 1 MB is a step of sizes: a block of it has a header of 64 bytes and no more.
    @Test func largeBlocksThatNobodyUsesAreFreed() {
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { _ in
                let (megabyte, block) = (1 << 20, pool_allocate(1 << 20)!)
                pool_free(pool_allocate(1000)!)
                pool_free(pool_allocate(8 << 20)!)
                // Used before the first call: it is freed by the second one after that; a small block and one in use stay.
                var freed = [pool_free_unused(2), pool_free_unused(2)]
                pool_free(block)
                freed += [pool_free_unused(2), pool_free_unused(2), pool_free_unused(2)]
                // Used again between two calls.
                pool_free(pool_allocate(megabyte)!)
                freed += [pool_free_unused(1)]
                pool_free(pool_allocate(megabyte)!)
                freed += [pool_free_unused(1), pool_free_unused(1)]
                let expected = [0, 0, 8 * megabyte, 0, megabyte, 0, 0, megabyte]
                return freed == expected ? UnsafeMutableRawPointer(bitPattern: 1) : nil
            }, nil)
        #expect(status == 0)
        var result: UnsafeMutableRawPointer?
        pthread_join(thread, &result)
        #expect(result != nil)
    }

    @Test func noMemoryLeft() {
        #expect(pool_allocate(Int.max) == nil)
        #expect(pool_allocate(1 << 60) == nil)
    }

    // A block may be freed by another thread, which has a pool of its own and takes it along when it ends.
    @Test func freedByAnotherThread() {
        var thread = pthread_t()
        let block = pool_allocate(5000)!
        let status = pthread_create(
            &thread, nil,
            { block in
                pool_free(block!)
                let again = pool_allocate(5000)
                return again == block ? again : nil
            }, block)
        #expect(status == 0)
        var result: UnsafeMutableRawPointer?
        pthread_join(thread, &result)
        #expect(result == block, "it joined the other thread's pool")
        pool_free(result!)
    }
}
