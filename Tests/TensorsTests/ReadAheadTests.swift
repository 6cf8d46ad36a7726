import Synchronization
import Tensors
import Testing

@Suite struct ReadAheadTests {
    @Test(arguments: [1, 2, 100]) func everyElementComesInOrder(capacity: Int) {
        let numbers = ReadAhead<Int>(capacity: capacity) { put in
            for number in 0..<50 { guard put(number) else { return } }
        }
        #expect(Array(numbers) == Array(0..<50))
        #expect(numbers.next() == nil)
    }

    /// With nobody to take them, the producer has put `capacity` elements when it waits; once they are left, it is told to stop.
    @Test func theProducerIsToldThatNobodyTakesElements() {
        final class Record: Sendable {
            let count = Atomic<Int>(0)
            let wasStopped = Atomic<Bool>(false)
        }
        let record = Record()
        var numbers: ReadAhead<Int>? = ReadAhead<Int>(capacity: 3) { put in
            while put(record.count.load(ordering: .acquiring)) { record.count.add(1, ordering: .acquiringAndReleasing) }
            record.wasStopped.store(true, ordering: .releasing)
        }
        #expect(numbers?.next() == 0)
        numbers = nil
        while !record.wasStopped.load(ordering: .acquiring) {}
        // Three may wait, and one was taken.
        #expect(record.count.load(ordering: .acquiring) <= 4)
    }
}
